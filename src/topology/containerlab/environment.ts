/**
 * Variables in a containerlab file: `$NAME`, `${NAME}`, `${NAME:-text}` and `${NAME:=text}` stand for the environment's
 * values before the file is read as YAML. What is not set and has no other text stays as it is, and so does what begins
 * with a digit, as containerlab has it: passwords and shell variables hold such signs.
 */

const variable = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=]([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/gu;

export const substitute = (text: string, environment: Readonly<Record<string, string | undefined>>): string =>
  text.replace(variable, (whole, braced: string | undefined, other: string | undefined, bare: string | undefined) => {
    const value = environment[braced ?? bare ?? ''];
    return value === undefined || (value === '' && other !== undefined) ? (other ?? whole) : value;
  });
