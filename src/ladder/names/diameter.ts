/** Diameter messages in words (RFC 6733; S6a: 3GPP TS 29.272; Gy: RFC 8506): the telling AVPs, whichever message they stand in. */
import {
  application,
  type Avp,
  ccRequestTypes,
  commandAbbreviation,
  commandName,
  credit,
  decodeMessage,
  describeAvp,
  DiameterError,
  type DiameterMessage,
  finalUnitActions,
  isSuccess,
  readServiceCredits,
  resultName,
  resultOf,
  type ServiceCredit,
  type Units,
} from '../../signalling/diameter/index.ts';
import type { DescribedAvp } from '../../signalling/diameter/dictionary.ts';
import { numberOf, octetsText, reasonOf, type Said, textOf } from './said.ts';

export interface SaidDiameter {
  readonly words: Said;
  readonly application?: number | undefined;
  readonly request?: boolean | undefined;
}

const nameIn = (table: Readonly<Record<string, number>>, value: unknown): string =>
  Object.entries(table).find(([, number]) => number === value)?.[0] ?? textOf(value);

/** RFC 6733, 8.15, and RFC 6733, 5.4.3. */
const terminations: Readonly<Record<number, string>> = { 1: 'logout', 4: 'administrative' };
const disconnects: Readonly<Record<number, string>> = { 0: 'rebooting', 1: 'busy', 2: 'do not want to talk to you' };

const tell: Readonly<Record<string, (value: unknown) => string>> = {
  'User-Name': (value) => `IMSI ${textOf(value)}`,
  'CC-Request-Type': (value) => nameIn(ccRequestTypes, value),
  'Termination-Cause': (value) => `because of ${terminations[numberOf(value)] ?? `cause ${textOf(value)}`}`,
  'Disconnect-Cause': (value) => disconnects[numberOf(value)] ?? `cause ${textOf(value)}`,
  'Number-Of-Requested-Vectors': (value) => `${textOf(value)} vector${value === 1 ? '' : 's'} wanted`,
  'Re-Synchronization-Info': () => 'with AUTS',
  'Subscriber-Status': (value) => (value === 1 ? 'barred by the operator' : ''),
  'Service-Selection': (value) => `APN ${textOf(value)}`,
  'Error-Message': textOf,
};
/** AVPs whose groups are looked into. */
const opened: ReadonlySet<string> = new Set([
  'Requested-EUTRAN-Authentication-Info',
  'Subscription-Data',
  'APN-Configuration-Profile',
  'APN-Configuration',
]);

const walk = (avps: readonly DescribedAvp[]): readonly string[] =>
  avps.flatMap(({ name, value }) => {
    if (opened.has(name) && Array.isArray(value)) return walk(value as DescribedAvp[]);
    if (name === 'Authentication-Info' && Array.isArray(value))
      return [`${value.length} vector${value.length === 1 ? '' : 's'}`];
    if (name === 'Subscription-Id' && Array.isArray(value)) return subscriber(value as DescribedAvp[]);
    const text = tell[name]?.(value) ?? '';
    return text === '' ? [] : [text];
  });

/** Subscription-Id-Type 1 is the IMSI (RFC 8506, 8.47); the telephone number is not needed beside it. */
const subscriber = (group: readonly DescribedAvp[]): readonly string[] => {
  const value = (name: string): unknown => group.find((one) => one.name === name)?.value;
  return value('Subscription-Id-Type') === 1 ? [`IMSI ${textOf(value('Subscription-Id-Data'))}`] : [];
};

const unitsText = ({ totalOctets, inputOctets = 0n, outputOctets = 0n, time }: Units): string =>
  time !== undefined && totalOctets === undefined ? `${time} s` : octetsText(totalOctets ?? inputOctets + outputOctets);

const creditText = ({ granted, used = [], result, finalAction }: ServiceCredit): readonly string[] => [
  ...used.map((units) => `used ${unitsText(units)}`),
  ...(granted === undefined ? [] : [`granted ${unitsText(granted)}`]),
  ...(finalAction === undefined ? [] : [`the last: then ${nameIn(finalUnitActions, finalAction)}`]),
  ...(result === undefined || isSuccess({ code: result, vendor: 0 }) ? [] : [resultName({ code: result, vendor: 0 })]),
];

const outcome = (message: DiameterMessage): readonly string[] => {
  if (message.request) return [];
  const result = resultOf(message);
  return [isSuccess(result) ? 'success' : resultName(result)];
};

/** Reads one part of a message; what is malformed in it is told beside the rest. */
const part = <T>(read: () => readonly T[], problems: string[]): readonly T[] => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DiameterError)) throw error;
    problems.push(reasonOf(error));
    return [];
  }
};

/** The credit of Gy; a Credit-Control message of another application (Gx) has none. */
const credits = (avps: readonly Avp[]): readonly string[] =>
  avps.some(({ code }) => code === credit.multipleServicesCreditControl.code)
    ? readServiceCredits(avps).flatMap(creditText)
    : [];

const say = (message: DiameterMessage): SaidDiameter => {
  const problems: string[] = [];
  const described = message.avps.flatMap((one) => part(() => [describeAvp(one)], problems));
  const details = [
    ...part(() => outcome(message), problems),
    ...walk(described),
    ...part(() => credits(message.avps), problems),
    ...(message.retransmitted ? ['perhaps a repetition (T flag)'] : []),
  ];
  return {
    application: message.application,
    request: message.request,
    words: {
      name: commandName(message),
      code: message.command,
      abbreviation: commandAbbreviation(message),
      details,
      ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
    },
  };
};

/** A whole Diameter message in words. Never throws. */
export const sayDiameter = (octets: Uint8Array): SaidDiameter => {
  try {
    return say(decodeMessage(octets));
  } catch (error) {
    if (!(error instanceof DiameterError)) throw error;
    const { received } = error;
    const problem = `not understood: ${reasonOf(error)}`;
    if (received === undefined) return { words: { name: 'Diameter', details: [], problem } };
    const said = say(received);
    return { ...said, words: { ...said.words, problem } };
  }
};

/** Messages that keep a connection, and no phone's business: CER, DWR, DPR and their answers are of application 0. */
export const isBase = ({ application: of }: SaidDiameter): boolean => of === application.base;
