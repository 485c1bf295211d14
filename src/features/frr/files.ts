/** What a router's own FRR files mean: the text of each daemon's configuration, and which daemons run. */
import type { Node } from '../../topology/topology.ts';
import { alwaysStarted, frrDaemons, readDaemonsFile } from './daemons.ts';
import type { Daemon } from './daemons.ts';
import type { FrrSettings, FrrSource, FrrText } from './settings.ts';

export const frrOf = (node: Node): FrrSettings | undefined => node.features['frr'] as FrrSettings | undefined;

/** A path where a text must be: the engine did not put it there. */
export const textOf = (source: FrrSource): FrrText => {
  if (typeof source === 'string') throw new Error(`${source} was not read`);
  return source;
};

/** The texts a daemon's configuration is made of, in order. */
export const textsOf = (settings: FrrSettings | undefined, daemon: Daemon): FrrText[] => {
  const given = settings?.[daemon];
  if (given === undefined) return [];
  return Array.isArray(given) ? given : [textOf(given)];
};

/** The lines of a text, without the empty one behind a final line break. */
export const linesOf = (text: string): string[] => text.replace(/\n$/u, '').split('\n');

/** Whether a text says anything about a daemon: more than comments and what is for all daemons alike. */
const general = new RegExp(
  `^\\s*(?:${[
    ...['!.*', '#.*', 'exit(?:-[a-z-]+)?', 'end', 'configure', 'no .*', 'description .*'],
    ...['hostname .*', 'domainname .*', 'frr .*', 'service .*', 'banner .*', '(?:enable )?password .*', 'agentx'],
    ...['log .*', 'debug .*', 'line vty', 'exec-timeout .*', 'access-class .*', 'interface .*', 'vrf .*'],
    // Lists and maps, which vtysh gives to every daemon that could use one.
    ...['ip prefix-list .*', 'ipv6 prefix-list .*', '(?:ipv6 |mac )?access-list .*', 'route-map .*'],
    ...['match .*', 'set .*', 'call .*', 'on-match .*', 'continue.*', 'segment-routing'],
    ...['key chain .*', 'key \\d+', 'key-string .*', '(?:accept|send)-lifetime .*', 'cryptographic-algorithm .*'],
  ].join('|')})?$`,
  'u',
);
const saysSomething = ({ text }: FrrText): boolean => linesOf(text).some((line) => !general.test(line));

/** A file of the daemon's own, which is there for it to run, even an empty one; lines of an integrated file know their numbers in it. */
const ownFile = ({ lines }: FrrText): boolean => lines === undefined;

/** Lines that only work with a running bfdd: `neighbor X bfd`, `ip ospf bfd`, `isis bfd`. */
const wantsBfd = ({ text }: FrrText): boolean => linesOf(text).some((line) => /^\s+(?!no ).*\bbfd\b/u.test(line));

/** The daemons that run on a router with files of its own, in the order of their start. */
export const startedDaemons = (settings: FrrSettings): readonly Daemon[] => {
  if (settings.daemons !== undefined) return readDaemonsFile(textOf(settings.daemons).text).enabled;
  const all = frrDaemons.flatMap((daemon) => textsOf(settings, daemon));
  return frrDaemons.filter(
    (daemon) =>
      alwaysStarted.includes(daemon) ||
      textsOf(settings, daemon).some((text) => ownFile(text) || saysSomething(text)) ||
      (daemon === 'bfdd' && all.some(wantsBfd)),
  );
};

/** Daemons that have something to do but are not started, because the `daemons` file says no. */
export const idleDaemons = (settings: FrrSettings): readonly Daemon[] => {
  const started = startedDaemons(settings);
  return frrDaemons.filter((daemon) => !started.includes(daemon) && textsOf(settings, daemon).some(saysSomething));
};

/** Where the lines of a daemon's file come from: `[file, line]` for each, in order. */
export const originOf = (settings: FrrSettings, daemon: Daemon): (readonly [string, number])[] =>
  textsOf(settings, daemon).flatMap(({ file, text, lines }) =>
    linesOf(text).map((_, index) => [file ?? `${daemon}.conf`, lines?.[index] ?? index + 1] as const),
  );

/** What zebra's own lines say of forwarding: a router's file may turn it off, and the lab must not turn it on again. */
export const forwardingOf = (node: Node): { readonly ipv4: boolean; readonly ipv6: boolean } => {
  const lines = textsOf(frrOf(node), 'zebra').flatMap(({ text }) => linesOf(text).map((line) => line.trim()));
  const on = (word: string): boolean =>
    lines.findLast((line) => line === `${word} forwarding` || line === `no ${word} forwarding`)?.startsWith('no ') !==
    true;
  return { ipv4: on('ip'), ipv6: on('ipv6') };
};
