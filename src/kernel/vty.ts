/**
 * Asks an FRR daemon over its vty socket, as vtysh does, without starting a vtysh (FRR, vtysh/vtysh.c: a command ends
 * with a zero octet; an answer ends with three zero octets and the command's result code).
 */
import { createConnection } from 'node:net';

/** End of an answer: three zeros, then the result code (0 = CMD_SUCCESS, lib/command.h). */
const endOf = (answer: Buffer): { text: string; code: number } | undefined => {
  const { length } = answer;
  if (length < 4 || answer[length - 4] !== 0 || answer[length - 3] !== 0 || answer[length - 2] !== 0) return undefined;
  return { text: answer.subarray(0, length - 4).toString(), code: answer[length - 1] ?? 0 };
};

/**
 * Runs `enable` and one command on the daemon behind `socket`.
 * Resolves with the command's text, or with undefined when the daemon does not answer within `timeout` milliseconds.
 */
export const askDaemon = (socket: string, command: string, timeout = 2000): Promise<string | undefined> =>
  new Promise((resolve) => {
    const commands = ['enable', command];
    let answer: Buffer = Buffer.alloc(0);
    const connection = createConnection(socket);
    const finish = (text: string | undefined): void => {
      connection.destroy();
      resolve(text);
    };
    const next = (): void => {
      answer = Buffer.alloc(0);
      connection.write(`${commands.shift() ?? ''}\0`);
    };
    connection.setTimeout(timeout, () => finish(undefined));
    connection.on('error', () => finish(undefined));
    connection.on('connect', next);
    connection.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      const end = endOf(answer);
      if (end === undefined) return;
      if (commands.length > 0) next();
      else finish(end.code === 0 ? end.text : undefined);
    });
  });
