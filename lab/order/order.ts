/** An order for a course, as the customer's client sends it: `{"order": {"date", "className", "Author", "price"}}`. */

export interface Order {
  /** Calendar date, `2018-07-01`. */
  readonly date: string;
  readonly className: string;
  readonly Author: string;
  /** A decimal number of yuan, as text. */
  readonly price: string;
}

/** What is wrong with one member of an order. */
export interface Mistake {
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  readonly detail: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDate = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  // Date.parse rolls 2018-02-30 over to March, so the date must come out as it went in.
  return /^\d{4}-\d{2}-\d{2}$/u.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

const members: readonly {
  readonly name: keyof Order;
  readonly what: string;
  readonly right: (text: string) => boolean;
}[] = [
  { name: 'date', what: 'a date such as 2018-07-01', right: isDate },
  { name: 'className', what: 'a text', right: (text) => text.trim() !== '' },
  { name: 'Author', what: 'a text', right: (text) => text.trim() !== '' },
  { name: 'price', what: 'a price such as 68 or 68.00', right: (text) => /^\d{1,9}(?:\.\d{1,2})?$/u.test(text) },
];

/** Reads an order from a parsed body; a list of mistakes when it is none. */
export const readOrder = (body: unknown): Order | readonly Mistake[] => {
  const given = isRecord(body) ? body['order'] : undefined;
  if (!isRecord(given)) return [{ pointer: '/order', detail: 'expected an object' }];
  const text = (name: keyof Order): string => {
    const value = given[name];
    // A price may also be a JSON number.
    return typeof value === 'string' || (name === 'price' && typeof value === 'number') ? String(value) : '';
  };
  const mistakes = members
    .filter(({ name, right }) => !right(text(name)))
    .map(({ name, what }): Mistake => ({ pointer: `/order/${name}`, detail: `expected ${what}` }));
  return mistakes.length > 0
    ? mistakes
    : { date: text('date'), className: text('className'), Author: text('Author'), price: text('price') };
};
