/**
 * Variables in a containerlab file: `$NAME`, `${NAME}`, `${NAME:-text}` and `${NAME:=text}` stand for the environment's
 * values before the file is read as YAML. What is not set and has no other text becomes nothing, as containerlab has it.
 */

const variable = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=]([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/gu;

export const substitute = (text: string, environment: Readonly<Record<string, string | undefined>>): string =>
  text.replace(variable, (_whole, braced: string | undefined, other: string | undefined, bare: string | undefined) => {
    const value = environment[braced ?? bare ?? ''];
    return value === undefined || value === '' ? (other ?? '') : value;
  });
