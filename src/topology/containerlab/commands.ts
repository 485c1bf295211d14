/**
 * What a node's own commands say about its interfaces. Containerlab gives plain Linux nodes no addresses, so labs do it
 * with `ip` after the start. A lab that knows them can call nodes by name, show them, and tell whose a packet is; so
 * what the first commands plainly say is made with the interface instead.
 */
import { parsePrefix } from '../../address/ip.ts';

/** `ip address add ADDRESS dev NAME`, in the place `index` of a node's commands. */
export interface Lifted {
  readonly interface: string;
  readonly address: string;
  readonly index: number;
}

const objects: Readonly<Record<string, string>> = { l: 'link', a: 'address', addr: 'address', r: 'route', ro: 'route' };

/** `ip OBJECT VERB …` with its object written out. */
const ipCommand = (argv: readonly string[]): readonly string[] | undefined => {
  const [program, ...rest] = argv;
  if (program !== 'ip') return undefined;
  const [object = '', ...more] = rest[0] === '-4' || rest[0] === '-6' ? rest.slice(1) : rest;
  return [objects[object] ?? object, ...more];
};

/** `ip link set [dev] eth1 address aa:bb:…`: the lab makes the interface with this address at once. */
export const macOfCommand = (argv: readonly string[]): readonly [string, string] | undefined => {
  const [object, verb, ...rest] = ipCommand(argv) ?? [];
  if (object !== 'link' || verb !== 'set') return undefined;
  const [name, word, mac, ...more] = rest[0] === 'dev' ? rest.slice(1) : rest;
  return word === 'address' && more.length === 0 && name !== undefined && mac !== undefined
    ? [name, mac.toLowerCase()]
    : undefined;
};

/** Commands that take nothing away: what comes before them may as well come earlier. */
const adds = (argv: readonly string[]): boolean => {
  const [object = '', verb = ''] = ipCommand(argv) ?? [];
  return ['link', 'address', 'route'].includes(object) && ['set', 'add', 'replace', 'append'].includes(verb);
};

/** The addresses that the first commands give, up to the first that may do something else. */
export const addressesOfCommands = (commands: readonly (readonly string[])[]): Lifted[] => {
  const end = commands.findIndex((argv) => !adds(argv));
  return commands.slice(0, end < 0 ? commands.length : end).flatMap((argv, index): Lifted[] => {
    const [object, verb = '', address = '', word, name, ...more] = ipCommand(argv) ?? [];
    const plain =
      object === 'address' &&
      ['add', 'replace'].includes(verb) &&
      word === 'dev' &&
      more.every((last) => last === 'nodad');
    return plain && address.includes('/') && parsePrefix(address) !== undefined && name !== undefined
      ? [{ interface: name, address, index }]
      : [];
  });
};
