/** The zod schemas that the settings of several features and kinds share, with messages for people. */
import { z } from 'zod';
import { parseAddress, parsePrefix } from '../../address/ip.ts';
import { interfacePattern } from '../../address/name.ts';

const isAddress = (text: string): boolean => parseAddress(text) !== undefined;
const isPrefix = (text: string): boolean => parsePrefix(text) !== undefined;

/** An IPv4 or IPv6 address. */
export const address = z
  .string()
  .refine(isAddress, { error: 'expected an IP address, such as 192.0.2.1 or 2001:db8::1' });

/** An IPv4 address. */
export const address4 = z
  .string()
  .refine((text) => isAddress(text) && !text.includes(':'), { error: 'expected an IPv4 address, such as 192.0.2.1' });

/** An address with the length of its prefix. */
export const cidr = z.string().refine((text) => text.includes('/') && isPrefix(text), {
  error: 'expected an address with its prefix length, such as 10.0.0.1/24',
});

/** An IPv4 or IPv6 prefix in CIDR form. */
export const prefix = z.string().refine(isPrefix, { error: 'expected a prefix, such as 10.0.0.0/24 or 2001:db8::/64' });

/** An IPv4 prefix in CIDR form. */
export const prefix4 = z
  .string()
  .refine((text) => isPrefix(text) && !text.includes(':'), { error: 'expected an IPv4 prefix, such as 10.45.0.0/16' });

/** The name of a node of the lab. */
export const nodeName = z.string().min(1);

/** The name of an interface of the node, or of the neighbour it leads to. */
export const interfaceName = z.string().min(1);

/** The name of an interface that is written into a kernel rule or a daemon's file as it is. */
export const kernelInterface = z.string().regex(interfacePattern, {
  error: 'expected an interface name of at most 15 letters, digits, hyphens or underscores',
});

/** A TCP or UDP port. */
export const port = z.int().min(1).max(65_535);

/** An autonomous system number (RFC 6793; 0 and 2^32-1 are reserved). */
export const asn = z.int().min(1).max(4_294_967_294);

/** A command or a daemon: a list of words, no shell. */
export const argv = z.array(z.union([z.string().min(1), z.number().transform(String)])).min(1);

/** A path inside a node, where files of the lab may be. */
export const path = z
  .string()
  .refine((text) => /^\/(?:etc|srv|opt|root|var|run)\/./u.test(text) && !text.split('/').includes('..'), {
    error: 'expected an absolute path below /etc, /srv, /opt, /root, /var or /run, without ..',
  });
