/** Files of environment variables (`env-files`), as containerlab reads them (github.com/joho/godotenv): NAME=text, a line each. */

/** Gives the text of a file, relative to the containerlab file; undefined when it cannot be read. */
export type TextReader = (file: string) => string | undefined;

const assignment = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*?)\s*$/u;

/** The variables of a text in their order. Quotes fall, comments too. */
export const readVariables = (text: string): [string, string][] =>
  text.split(/\r?\n/u).flatMap((line): [string, string][] => {
    const [, name, value = ''] = assignment.exec(line) ?? [];
    if (name === undefined) return [];
    const [, , quoted] = /^(["'])(.*)\1(?:\s+#.*)?$/u.exec(value) ?? [];
    const plain = quoted ?? value.replace(/(?:^|\s+)#.*$/u, '');
    return [[name, plain]];
  });
