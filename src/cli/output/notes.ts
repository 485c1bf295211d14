/** What was left out of a topology or taken otherwise than written: on standard error, beside the results. */

export const printNotes = (notes: readonly string[]): void => {
  for (const text of notes) process.stderr.write(`note: ${text}\n`);
};
