/** FRR's daemons by name, and what decides which of them run: Debian's `daemons` file, read as FRR's own start script does. */

/** Every daemon of Debian's package frr (8.4), in the order in which they are started: zebra before all others. */
export const frrDaemons = [
  'zebra',
  'staticd',
  'bfdd',
  'bgpd',
  'ospfd',
  'ospf6d',
  'ripd',
  'ripngd',
  'isisd',
  'fabricd',
  'pimd',
  'ldpd',
  'nhrpd',
  'eigrpd',
  'babeld',
  'pbrd',
  'vrrpd',
  'pathd',
] as const;
export type Daemon = (typeof frrDaemons)[number];

/** Started by FRR's start script whatever the file says (frrcommon.sh, daemon_list). */
export const alwaysStarted: readonly Daemon[] = ['zebra', 'staticd'];

/** Names in a `daemons` file that need no daemon here: the watchdog, and what newer versions split off. */
const helpers = ['watchfrr', 'mgmtd', 'snmpd', 'vtysh'];

export interface DaemonsFile {
  readonly enabled: readonly Daemon[];
  /** Further arguments of a daemon, without those that only say where it runs. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** What cannot be done, with its line (from 1). */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/** Arguments that say where a daemon runs and how it is spoken to; the lab decides that. Those with a value in the second list. */
const placeOptions = ['-d', '--daemon', '-t', '--terminal'];
const placeOptionsWithValue = ['-A', '--vty_addr', '-P', '--vty_port', '-s', '--nl-bufsize', '-u', '--user', '-g'];

const ownOptions = (text: string): string[] => {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const kept: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (placeOptionsWithValue.includes(word)) index += 1;
    else if (!placeOptions.includes(word) && !/^--(?:vty_addr|vty_port|nl-bufsize|user)=/u.test(word)) kept.push(word);
  }
  return kept;
};

/** Reads a `daemons` file: `bgpd=yes`, `bgpd_options="-M rpki"`, `frr_profile="datacenter"`. */
export const readDaemonsFile = (text: string): DaemonsFile => {
  const enabled = new Set<Daemon>(alwaysStarted);
  const options = new Map<string, readonly string[]>();
  const problems: { line: number; message: string }[] = [];
  let profile: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, key = '', value = ''] = /^\s*(\w+)\s*=\s*["']?([^"'#]*?)["']?\s*(?:#.*)?$/u.exec(line) ?? [];
    const daemon = frrDaemons.find((name) => name === key);
    if (key === 'frr_profile') profile = ['-F', value];
    else if (key.endsWith('_options')) options.set(key.slice(0, -'_options'.length), ownOptions(value));
    else if (key.endsWith('_instances'))
      problems.push({ line: index + 1, message: `${key}: several instances of a daemon on one node` });
    else if (daemon !== undefined) {
      if (value === 'yes') enabled.add(daemon);
    } else if (value === 'yes' && key !== '' && !helpers.some((helper) => key.startsWith(helper)))
      problems.push({ line: index + 1, message: `${key} is not a daemon of FRR 8.4` });
  }
  for (const name of frrDaemons) options.set(name, [...profile, ...(options.get(name) ?? [])]);
  return { enabled: frrDaemons.filter((name) => enabled.has(name)), options, problems };
};
