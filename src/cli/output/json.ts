/** JSON for machines: one document per call, one line per event. */

/** bigint has no JSON form; nanoseconds become text, which every reader can take. */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value instanceof Map ? Object.fromEntries(value) : value;

/** A document, indented for a look, on standard output. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, plain, 2)}\n`);

/** One event on one line (NDJSON). */
export const printEvent = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, plain)}\n`);
