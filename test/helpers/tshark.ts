/** tshark as the second opinion on packets: what it says about the fields of every frame of a capture file. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why tests that need tshark are skipped; undefined when it is installed. */
export const tsharkMissing = await run('tshark', ['--version']).then(
  () => undefined,
  () => 'tshark is not installed (apt-get install tshark): nothing to compare the dissector with',
);

/** One frame: for each field every value in the order of the frame, outermost first; empty where it does not occur. */
export type TsharkRow = Readonly<Record<string, readonly string[]>>;

/** Between the values of one field: the ASCII unit separator, which no value contains. */
const AGGREGATOR = '\u001F';

/**
 * Each packet on its own: no reassembly, no relative numbers, no guessing by content, since the frames of several
 * capture points in one file are copies and not a connection.
 */
const preferences = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
  'udp.try_heuristic_first:FALSE',
];

export interface TsharkOptions {
  /** A display filter; all frames when absent. */
  readonly filter?: string;
  /** More arguments, such as `-o` and a preference. */
  readonly argv?: readonly string[];
}

/** The values of `fields` in every frame of `file`. */
export const tsharkFields = async (
  file: string,
  fields: readonly string[],
  { filter, argv = [] }: TsharkOptions = {},
): Promise<TsharkRow[]> => {
  const { stdout } = await run(
    'tshark',
    [
      '-nr',
      file,
      '-Tfields',
      `-Eaggregator=${AGGREGATOR}`,
      '-Eoccurrence=a',
      ...preferences.flatMap((preference) => ['-o', preference]),
      ...fields.flatMap((field) => ['-e', field]),
      ...(filter === undefined ? [] : ['-Y', filter]),
      ...argv,
    ],
    { maxBuffer: 1 << 30 },
  );
  // Each line ends with a line feed; a frame without any of the fields is an empty line.
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const values = line.split('\t');
      return Object.fromEntries(
        fields.map((field, index) => [field, (values[index] ?? '').split(AGGREGATOR).filter((value) => value !== '')]),
      );
    });
};
