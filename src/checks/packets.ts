/** What became of a packet that a check sent: as ping(8) prints it, and whether that is what was expected. */
import type { Packet, Reach } from '../topology/check.ts';
import { familyOfAddress } from '../topology/check.ts';
import type { Answer } from './result.ts';

/** `unroutable`: it never left, the node has no way there. */
export type Fate = Exclude<Reach, 'unreachable'> | 'unroutable';

export interface Outcome {
  readonly fate: Fate;
  /** Who said no, and how; or why it is known to be delivered. */
  readonly said?: string | undefined;
  /** Milliseconds to the answer. */
  readonly took?: number | undefined;
}

/** One echo request, and at most so many milliseconds for its answer. ping(8) of iputils takes fractions of a second. */
export const pingArgv = ({ to }: Packet, patience: number): readonly string[] => [
  'ping',
  `-${familyOfAddress(to.address)}`,
  '-n',
  '-c',
  '1',
  '-W',
  `${patience / 1000}`,
  to.address,
];

/** Lines such as `From 198.51.100.2 icmp_seq=1 Destination Net Unreachable`: an ICMP error (iputils, ping_common.c). */
const objection = /^From (\S+?):? icmp_seq=\d+ (.+)$/mu;
const answered = /^\d+ bytes from .* time=([\d.]+) ms/mu;

export const pingOutcome = (result: {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}): Outcome => {
  const [, time] = answered.exec(result.stdout) ?? [];
  if (result.exitCode === 0) return { fate: 'reachable', took: time === undefined ? undefined : Number(time) };
  const [, who, what] = objection.exec(result.stdout) ?? [];
  if (who !== undefined) return { fate: 'refused', said: `${who} says: ${what ?? ''}` };
  // Exit code 1 is no answer; 2 is that it could not be sent.
  return result.exitCode === 1
    ? { fate: 'blocked' }
    : { fate: 'unroutable', said: result.stderr.trim().replace(/^ping: /u, '') };
};

const words: Readonly<Record<Fate, string>> = {
  reachable: 'reachable',
  refused: 'refused',
  blocked: 'nothing came back',
  unroutable: 'it could not be sent',
};

export const reachAnswer = (is: Reach, { fate, said, took }: Outcome): Answer => ({
  ok: is === 'unreachable' ? fate !== 'reachable' : fate === is,
  seen: said === undefined ? words[fate] : `${words[fate]}: ${said}`,
  took,
});
