/**
 * What the modules of this folder share. Each makes a topology file of a regular shape from parameters, for trying out
 * sizes: `xiyou up generated/chain -p n=100`. `scripts/bench` measures with the same modules.
 */
import { XiyouError } from '../../src/errors.ts';

/** Parameters as the command line gives them (`-p key=value`). */
export type Parameters = Readonly<Record<string, string>>;

/** A topology file, as far as these modules write one. */
export interface GeneratedFile {
  readonly name: string;
  readonly title: string;
  readonly story: string;
  readonly timers?: 'fast' | 'standard';
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly links: readonly (readonly [string, string] | Readonly<Record<string, unknown>>)[];
  readonly checks?: readonly Readonly<Record<string, unknown>>[];
}

/** A whole number among the parameters, or its default; throws command-line when it is out of its range. */
export const wholeNumber = (
  parameters: Parameters,
  key: string,
  { otherwise, from, to }: { readonly otherwise: number; readonly from: number; readonly to: number },
): number => {
  const text = parameters[key];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new XiyouError('command-line', `-p ${key}=${text}: expected a whole number from ${from} to ${to}`);
};

/** The lab's name: `-p name=…`, or one that says shape and size. */
export const nameOf = (parameters: Parameters, otherwise: string): string => parameters['name'] ?? otherwise;

/** Checks that `from` reaches each of the addresses of `to`. */
export const reaches = (from: string, to: string, addresses: readonly string[]): Readonly<Record<string, unknown>>[] =>
  addresses.map((address) => ({
    name: `${from} reaches ${to} over ${address.includes(':') ? 'IPv6' : 'IPv4'}`,
    from,
    run: ['ping', '-c', '1', '-W', '2', address],
  }));
