/** Which rungs people want to see, and in how many words. */
import type { SaidNas } from './names/said.ts';
import type { Ladder, Rung } from './ladder.ts';

/** What was left out, by its name, and how often. */
export type Folded = ReadonlyMap<string, number>;

/**
 * What is drawn as one arrow: a message, or a NAS message that the radio link and S1 only carried, from the phone to the
 * MME or back.
 */
export interface Step {
  readonly rungs: readonly Rung[];
  readonly from: string;
  readonly to: readonly string[];
  readonly interface: string;
  /** `InitialUEMessage: Attach request + PDN connectivity request`. */
  readonly text: string;
  readonly details: readonly string[];
}

/** Messages that do nothing but carry a NAS message. */
const carriers: ReadonlySet<string> = new Set([
  'NAS',
  'ulInformationTransfer',
  'dlInformationTransfer',
  'UplinkNASTransport',
  'DownlinkNASTransport',
]);

/** A name without its answerer's bookkeeping: request and answer of one exchange fold together. */
const foldName = ({ name, abbreviation, repeats, protocol }: Rung): string =>
  repeats === undefined || protocol === 'SCTP' ? (abbreviation ?? name) : `${abbreviation ?? name} again`;

const nasText = (nas: readonly SaidNas[]): string =>
  nas.map(({ name, problem }) => (problem === undefined ? name : `${name} (${problem})`)).join(' + ');

const nameText = ({ name, abbreviation, repeats, problem }: Rung): string =>
  [
    `${abbreviation === undefined ? '' : `${abbreviation} `}${name}`,
    ...(repeats === undefined ? [] : ['(again)']),
    ...(problem === undefined ? [] : [`(${problem})`]),
  ].join(' ');

const rungStep = (rung: Rung): Step => {
  const own = nameText(rung);
  const inside = nasText(rung.nas);
  return {
    rungs: [rung],
    ...{ from: rung.from, to: rung.to, interface: rung.interface },
    text: inside === '' ? own : rung.protocol === 'NAS' ? inside : `${own}: ${inside}`,
    details: [...new Set([...rung.details, ...rung.nas.flatMap(({ details }) => details)])],
  };
};

/** Two carriers of one NAS message as one step, phone to MME or MME to phone. */
const nasStep = (first: Rung, second: Rung): Step => ({
  rungs: [first, second],
  ...{ from: first.from, to: second.to, interface: 'NAS' },
  text: nasText(first.nas),
  details: first.nas.flatMap(({ details }) => details),
});

export interface SelectOptions {
  /** Everything: what keeps interfaces and associations, repetitions of transport, and each carrier of NAS messages. */
  readonly all?: boolean | undefined;
}

/**
 * The steps of a ladder for people. Without `all`, what is not about phones is folded: the setting up of interfaces
 * before the first phone, what keeps them, and SCTP's own chunks. Nothing that could not be decoded is ever folded.
 */
export const stepsOf = ({ rungs }: Ladder, { all = false }: SelectOptions = {}): { steps: Step[]; folded: Folded } => {
  const folded = new Map<string, number>();
  const steps: Step[] = [];
  const first = rungs.findIndex(({ kind }) => kind === 'procedure');
  const keeping = /^(?:Echo|DW[RA]$|Device-Watchdog|masterInformationBlock|systemInformation)/u;
  const shown = (rung: Rung, index: number): boolean => {
    if (all || rung.problem !== undefined || rung.kind === 'procedure') return true;
    if (rung.kind === 'transport') return rung.repeats !== undefined;
    return first >= 0 && index > first && !keeping.test(rung.abbreviation ?? rung.name);
  };
  for (const [index, rung] of rungs.entries()) {
    if (!shown(rung, index)) {
      folded.set(foldName(rung), (folded.get(foldName(rung)) ?? 0) + 1);
      continue;
    }
    const other = rung.across === undefined ? undefined : rungs[rung.across - 1];
    const joined = !all && other !== undefined && carriers.has(rung.name) && carriers.has(other.name);
    if (!joined) steps.push(rungStep(rung));
    else if (rung.number < other.number) steps.push(nasStep(rung, other));
  }
  return { steps, folded };
};

/** `SACK 12, HEARTBEAT 2`. */
export const foldedText = (folded: Folded): string => [...folded].map(([name, count]) => `${name} ${count}`).join(', ');
