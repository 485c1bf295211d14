/**
 * A message as a table, in the way 3GPP TS 24.301 clause 8 prints it: its type, the elements it always has, the elements
 * it may have. The type of the decoded message follows from the table.
 *
 * Elements that the table does not name are kept with their place, and so are known ones that come twice (only the first
 * counts, 7.6.3) or make no sense (an optional element that is wrong counts as absent, 7.7.1). So a message of the
 * future, decoded and encoded again, is what it was.
 */
import type { Direction } from '../aka/eea.ts';
import { NasError } from './error.ts';
import { type Mandatory, type Optional, cut, paste } from './field.ts';
import { NasReader, NasWriter } from './reader.ts';

/** An optional element that was passed over. */
export interface PassedOver {
  readonly iei: number;
  /** With identifier and length. */
  readonly octets: Uint8Array;
  /** How many optional elements stand before it in the message. */
  readonly place: number;
}

type MandatoryTable = Readonly<Record<string, Mandatory<unknown>>>;
type OptionalTable = Readonly<Record<string, Optional<unknown>>>;

export interface Definition<
  K extends string = string,
  M extends MandatoryTable = MandatoryTable,
  O extends OptionalTable = OptionalTable,
> {
  readonly kind: K;
  /** Message type (9.8). */
  readonly type: number;
  /** Which way the message goes; undefined when both. */
  readonly direction: Direction | undefined;
  readonly mandatory: M;
  readonly optional: O;
}

type ContentOf<F> = F extends Mandatory<infer T> ? T : F extends Optional<infer T> ? T : never;
type Flat<T> = { readonly [P in keyof T]: T[P] };

/**
 * The elements of a message of this definition; `order` names the optional ones in the order in which they came, when it
 * was not that of the table.
 */
export type BodyOf<D> =
  D extends Definition<infer K, infer M, infer O>
    ? Flat<
        { kind: K } & { [P in keyof M]: ContentOf<M[P]> } & { [P in keyof O]?: ContentOf<O[P]> | undefined } & {
          passedOver?: readonly PassedOver[] | undefined;
          order?: readonly string[] | undefined;
        }
      >
    : never;

/** A message with its fields by name, for the code that does not know which one it is. */
type Fields = Readonly<Record<string, unknown>>;

/** Defines a message; `direction` is undefined for one that both sides send. */
export const define = <K extends string, M extends MandatoryTable, O extends OptionalTable>(
  kind: K,
  type: number,
  direction: Direction | undefined,
  mandatory: M,
  optional: O,
): Definition<K, M, O> => ({ kind, type, direction, mandatory, optional });

/** Runs `action`; an error in it is of the element that `where` names. */
const inElement = <T>(where: string, action: () => T): T => {
  try {
    return action();
  } catch (error) {
    if (error instanceof NasError) throw new NasError(error.fault, `${where}: ${error.message.replace(/^NAS: /u, '')}`);
    if (error instanceof RangeError) throw new NasError('unencodable', `${where}: ${error.message}`);
    throw error;
  }
};

/** Reads the elements behind the header of a message. */
export const decodeBody = <D extends Definition>(definition: D, octets: Uint8Array, start: number): BodyOf<D> => {
  const { kind, mandatory, optional } = definition;
  const reader = new NasReader(octets, start);
  const body: Record<string, unknown> = { kind };
  for (const [name, field] of Object.entries(mandatory))
    body[name] = inElement(`${kind}: ${name}`, () => field.read(reader));

  const byIei = new Map(Object.entries(optional).map(([name, element]) => [element.iei, { name, element }]));
  const passedOver: PassedOver[] = [];
  const order: string[] = [];
  for (let place = 0; reader.left > 0; place += 1) {
    const { iei, value, octets } = inElement(`${kind}: optional elements`, () =>
      cut(reader, (candidate) => byIei.get(candidate)?.element),
    );
    const known = byIei.get(iei);
    const content = known === undefined || known.name in body ? undefined : known.element.value.decode(value);
    if (known === undefined || content === undefined) passedOver.push({ iei, octets, place });
    else {
      body[known.name] = content;
      order.push(known.name);
    }
  }
  const table = Object.keys(optional).filter((name) => name in body);
  return {
    ...body,
    ...(passedOver.length === 0 ? {} : { passedOver }),
    ...(table.every((name, index) => name === order[index]) ? {} : { order }),
  } as unknown as BodyOf<D>;
};

/** The elements of a message as octets. */
export const encodeBody = (
  { kind, mandatory, optional }: Definition,
  message: { readonly passedOver?: readonly PassedOver[] | undefined; readonly order?: readonly string[] | undefined },
): Uint8Array => {
  const fields = message as Fields;
  const writer = new NasWriter();
  for (const [name, field] of Object.entries(mandatory))
    inElement(`${kind}: ${name}`, () => field.write(writer, fields[name]));
  const elements = [...new Set([...(message.order ?? []), ...Object.keys(optional)])].flatMap((name) => {
    const [element, content] = [optional[name], fields[name]];
    return element === undefined || content === undefined
      ? []
      : [inElement(`${kind}: ${name}`, () => paste(element, content))];
  });
  for (const { octets, place } of message.passedOver ?? []) elements.splice(place, 0, octets);
  writer.put(...elements);
  return writer.octets();
};
