/**
 * Reading a daemon's configuration. The lab writes these files, so a mistake in one is a mistake in the lab: the reader
 * stops at the first and names its place, as in `config: phones[0].mac: expected a MAC address, found "x"`.
 */
import { readFileSync } from 'node:fs';
import { type Address, parseAddress } from '../src/address/ip.ts';
import { isMac } from '../src/address/mac.ts';

/** A part of the configuration and where it stands. */
export interface Field {
  readonly value: unknown;
  readonly at: string;
}

const wrong = (field: Field, expected: string): Error =>
  new Error(`config: ${field.at}: expected ${expected}, found ${JSON.stringify(field.value) ?? 'nothing'}`);

/** The file's JSON as a field. */
export const readFields = (path: string): Field => ({
  value: JSON.parse(readFileSync(path, 'utf8')) as unknown,
  at: path,
});

/** The member of an object; its value is undefined when the object has none. */
export const member = (field: Field, name: string): Field => {
  const { value } = field;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return { value: (value as Record<string, unknown>)[name], at: `${field.at}: ${name}` };
};

/** What `read` makes of the field, or undefined when it is not there. */
export const optional = <T>(field: Field, read: (field: Field) => T): T | undefined =>
  field.value === undefined || field.value === null ? undefined : read(field);

/** Every item of a list that has at least one. */
export const list = <T>(field: Field, read: (field: Field) => T): T[] => {
  if (!Array.isArray(field.value) || field.value.length === 0) throw wrong(field, 'a list with at least one item');
  return field.value.map((value: unknown, index) => read({ value, at: `${field.at}[${index}]` }));
};

/** Text with at least one character. */
export const text = (field: Field): string => {
  if (typeof field.value !== 'string' || field.value === '') throw wrong(field, 'text');
  return field.value;
};

/** A number within bounds, the bounds included. */
export const number =
  (least: number, most: number) =>
  (field: Field): number => {
    const { value } = field;
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw wrong(field, `a number ${least}..${most}`);
    return value;
  };

/** A whole number within bounds, the bounds included. */
export const integer =
  (least: number, most: number) =>
  (field: Field): number => {
    const value = number(least, most)(field);
    if (!Number.isInteger(value)) throw wrong(field, 'a whole number');
    return value;
  };

/** True or false. */
export const boolean = (field: Field): boolean => {
  if (typeof field.value !== 'boolean') throw wrong(field, 'true or false');
  return field.value;
};

/** An IP address of either version, parsed. */
export const ip = (field: Field): Address => {
  const parsed = typeof field.value === 'string' ? parseAddress(field.value) : undefined;
  if (parsed === undefined) throw wrong(field, 'an IP address');
  return parsed;
};

const address =
  (family: Address['family']) =>
  (field: Field): string => {
    const { value } = field;
    if (typeof value !== 'string' || parseAddress(value)?.family !== family)
      throw wrong(field, `an IPv${family} address`);
    return value;
  };

export const ipv4 = address(4);
export const ipv6 = address(6);

/** A MAC address, lower case with colons. */
export const mac = (field: Field): string => {
  if (typeof field.value !== 'string' || !isMac(field.value)) throw wrong(field, 'a MAC address');
  return field.value;
};
