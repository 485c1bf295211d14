/** What a person writes under `bgp:`. `{}` gives sessions to all BGP routers around; `networks` says what to announce. */
import { z } from 'zod';
import { parseAddress } from '../../address/ip.ts';
import { redistribution } from '../shared/redistribute.ts';
import { address, asn, nodeName, prefix } from '../shared/values.ts';

/** Parts of 16 bits (RFC 1997) or of 32 (RFC 8092). */
const isCommunity = (text: string): boolean => {
  if (['no-export', 'no-advertise', 'graceful-shutdown', 'blackhole'].includes(text)) return true;
  const parts = text.split(':');
  const largest = parts.length === 2 ? 0xffff : 0xffff_ffff;
  return (
    (parts.length === 2 || parts.length === 3) &&
    parts.every((part) => /^\d{1,10}$/u.test(part) && Number(part) <= largest)
  );
};

const peer = z
  .strictObject({
    node: nodeName
      .optional()
      .describe('A node of the lab on a shared segment; its addresses and its AS number are found.'),
    address: address.optional().describe('Address of the peer, when it is not found by `node`.'),
    asn: asn.optional().describe('AS number of the peer; needed with `address`.'),
    source: address.optional().describe('Own address of the session (update-source).'),
    multihop: z.int().min(2).max(255).optional().describe('Most hops to an eBGP peer that is not a direct neighbour.'),
    relation: z
      .enum(['customer', 'peer', 'provider'])
      .optional()
      .describe('What the peer’s system is to the own one, where no link between the two says so.'),
  })
  .refine((peer) => (peer.node === undefined) !== (peer.address === undefined), {
    error: 'a peer is given either by node or by address',
  })
  .refine((peer) => peer.address === undefined || peer.asn !== undefined, {
    error: 'a peer given by address needs its asn',
  });

/** A community as people write it: 65001:100 (RFC 1997), a well-known name, or 65001:4:65666 (RFC 8092). */
const community = z.string().refine(isCommunity, {
  error: 'expected a community such as 65001:100, a large one such as 65001:4:65666, or no-export',
});

/** AS numbers as keys of a mapping. */
const byAsn = <Value extends z.ZodType>(value: Value) =>
  z.record(
    z
      .string()
      .refine((key) => asn.safeParse(Number(key)).success && /^\d+$/u.test(key), { error: 'expected an AS number' }),
    value,
  );

const policy = z
  .strictObject({
    avoid: z
      .array(asn)
      .default([])
      .describe('Systems whose paths are taken only when there is no other: a tenth of the usual local preference.'),
    refuse: z.array(asn).default([]).describe('Systems whose paths are not taken at all.'),
    prepend: byAsn(z.int().min(1).max(16))
      .default({})
      .describe('System -> how many more times the own number is put into the AS paths it is told.'),
    'no-export': z
      .array(asn)
      .default([])
      .describe('Systems that may use what they are told but not pass it on (RFC 1997, NO_EXPORT).'),
    communities: byAsn(z.array(community).min(1))
      .default({})
      .describe('System -> communities that go with what it is told, to ask it for something.'),
    'maximum-prefix': z
      .int()
      .min(1)
      .max(4_294_967_295)
      .optional()
      .describe('Prefixes of one session above which it is ended (RFC 4486, subcode 1); 1000 when left out.'),
    'remove-private-as': z
      .boolean()
      .default(false)
      .describe('Take private AS numbers (RFC 6996) out of the paths that other systems are told.'),
  })
  .prefault({})
  .describe('What the system wants beyond its relations; what one router says holds for all routers of the system.');

const rpki = z
  .strictObject({
    caches: z
      .array(nodeName)
      .min(1)
      .describe('Nodes with `rtr`, the preferred one first; the others are asked while it cannot be reached.'),
    invalid: z
      .enum(['refuse', 'avoid', 'accept'])
      .default('refuse')
      .describe(
        'What becomes of a route whose origin is invalid: not taken; taken only when there is no other to the same prefix; or taken like any other.',
      ),
  })
  .describe('RPKI origin validation (RFC 6811); what one router says holds for all routers of the system.');

export const bgpSchema = z.strictObject({
  networks: z.array(prefix).default([]).describe('Prefixes to announce.'),
  aggregate: z
    .array(prefix)
    .default([])
    .describe(
      'Prefixes that are announced in place of all longer ones inside them, while one of those is known; the longer ones are told to nobody.',
    ),
  neighbors: z
    .enum(['auto', 'none'])
    .default('auto')
    .describe(
      'auto: eBGP with every BGP router of another AS on a shared segment, iBGP with all BGP routers of the own AS; none: only `peers`.',
    ),
  peers: z.array(peer).default([]).describe('Further sessions.'),
  redistribute: redistribution(['connected', 'static', 'ospf', 'rip']).describe(
    'Routes of other origins to announce: a name, or {from, only} for certain prefixes.',
  ),
  'next-hop-self': z
    .boolean()
    .default(true)
    .describe('Give iBGP peers the own loopback as next hop of what came from outside.'),
  reflector: z
    .boolean()
    .default(false)
    .describe('Route reflector (RFC 4456): the other routers of the AS speak iBGP with the reflectors only.'),
  cluster: z
    .string()
    .refine((text) => parseAddress(text)?.family === 4, { error: 'a cluster id is written like an IPv4 address' })
    .optional()
    .describe('Cluster id of a reflector; its router id when left out.'),
  'route-server': z
    .boolean()
    .default(false)
    .describe(
      'Route server of an exchange point (RFC 7947): the other systems on its segments speak with it instead of with each other.',
    ),
  'ebgp-requires-policy': z
    .boolean()
    .optional()
    .describe(
      'Whether a session with a system to which there is no relation exchanges nothing (RFC 8212); true when left out in a file that states any relation, else false.',
    ),
  policy,
  rpki: rpki.optional(),
});

export type BgpSettings = z.output<typeof bgpSchema>;
export type BgpPeerSettings = z.output<typeof peer>;
export type RpkiSettings = z.output<typeof rpki>;
export type BgpPolicy = BgpSettings['policy'];
