/** Quantities as people write them: `20mbit`, `30ms`, `1%`. */
import { z } from 'zod';

const units: Record<string, number> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** `20mbit` -> 20000000 bit/s, or undefined. Suffixes as tc(8) has them, decimal. */
export const parseRate = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(bit|kbit|mbit|gbit)$/u.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : Number(match[1]) * (units[match[2]] ?? 1);
};

/** `30ms`, `1.5s`, `250us` -> milliseconds, or undefined. */
export const parseTime = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s)$/u.exec(text);
  if (match?.[1] === undefined) return undefined;
  return Number(match[1]) * (match[2] === 's' ? 1000 : match[2] === 'us' ? 0.001 : 1);
};

/** `1%` -> 0.01, or undefined. */
export const parseShare = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)%$/u.exec(text);
  const share = match?.[1] === undefined ? undefined : Number(match[1]) / 100;
  return share === undefined || share > 1 ? undefined : share;
};

/** A zod string that must be a quantity; it stays text in the file and becomes a number in the topology. */
const quantity = (parse: (text: string) => number | undefined, form: string): z.ZodString =>
  z.string().refine((text) => parse(text) !== undefined, { error: `expected ${form}` });

/** The keys of an impaired link, the same in the file and on the command line. */
export const impairmentShape = {
  rate: quantity(parseRate, 'a rate such as 20mbit')
    .optional()
    .describe('Bandwidth of each direction, such as 20mbit (bit, kbit, mbit, gbit).'),
  delay: quantity(parseTime, 'a time such as 30ms').optional().describe('Delay of each direction, such as 30ms.'),
  jitter: quantity(parseTime, 'a time such as 5ms').optional().describe('Variation of the delay, plus or minus.'),
  loss: quantity(parseShare, 'a share such as 1%')
    .optional()
    .describe('Share of packets lost in each direction, such as 1%.'),
} as const;
