/**
 * Names: what people may call labs, nodes and interfaces, and how a name becomes an interface name the kernel takes
 * (IFNAMSIZ is 16 with the final zero, <linux/if.h>) without two ever colliding.
 */

/** Characters of an interface name. */
export const interfaceNameLimit = 15;

/** A lab or node name: a letter, then letters, digits and single hyphens; it becomes a host name (RFC 1123). */
export const namePattern = /^[a-z](?:-?[a-z0-9])*$/u;
export const labNameLimit = 24;
export const nodeNameLimit = 32;

/** A host name as the kernel takes it (sethostname(2): 64 octets) and as other tools write theirs: capitals and underscores too. */
export const hostnamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/u;

/** An interface name as a person may fix it: no slash, colon, white space, dot or leading hyphen. */
export const interfacePattern = /^[a-zA-Z][a-zA-Z0-9_-]{0,14}$/u;

/** 32-bit FNV-1a over UTF-16 code units: a short stable mark, not a security measure. */
const mark = (text: string): string => {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193) >>> 0;
  return hash.toString(36).padStart(7, '0').slice(-4);
};

/** `wanted` when it fits, else its beginning and a mark made from the whole. */
export const shorten = (wanted: string): string =>
  wanted.length <= interfaceNameLimit ? wanted : `${wanted.slice(0, interfaceNameLimit - 5)}_${mark(wanted)}`;

/**
 * An interface name like `wanted` that is not in `taken`: the name itself, else with a number behind it.
 * The answer depends on nothing but its arguments.
 */
export const freeInterfaceName = (wanted: string, taken: ReadonlySet<string>): string => {
  const first = shorten(wanted);
  if (!taken.has(first)) return first;
  for (let count = 2; ; count += 1) {
    const next = shorten(`${wanted}-${count}`);
    if (!taken.has(next)) return next;
  }
};
