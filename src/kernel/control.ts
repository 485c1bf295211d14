/** Asks a daemon of lab/ over its control socket: a line of JSON there, a line of JSON back (lab/epc/control.ts). */
import { createConnection } from 'node:net';

/**
 * The answer to one request. Resolves with undefined when nobody listens at `socket`, when there is no whole answer
 * within `timeout` milliseconds, or when it is not JSON.
 */
export const askControl = (socket: string, request: object, timeout: number): Promise<unknown> =>
  new Promise((resolve) => {
    let answer = '';
    const connection = createConnection(socket);
    const deadline = setTimeout(() => finish(undefined), timeout);
    const finish = (value: unknown): void => {
      clearTimeout(deadline);
      connection.destroy();
      resolve(value);
    };
    const parsed = (): unknown => {
      try {
        return JSON.parse(answer);
      } catch {
        return undefined;
      }
    };
    connection.setEncoding('utf8');
    connection.on('error', () => finish(undefined));
    connection.on('data', (text) => (answer += String(text)));
    connection.on('end', () => finish(parsed()));
    connection.end(`${JSON.stringify(request)}\n`);
  });
