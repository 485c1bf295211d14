/**
 * The control socket: how a person switches a phone on, or looks into an MME. A stream socket in the file system; each
 * line is a request in JSON, `{"do": "status"}`, and each gets one line back, in the order of the requests:
 * `{"ok": true, ...}` or `{"ok": false, "error": "...", "cause": 11}`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { ControlError, type ControlRequest, type Running } from './functions.ts';

/** Characters of a request at most; what is longer is no request. */
const REQUEST_LIMIT = 65_536;

type Answer = { readonly ok: boolean } & Readonly<Record<string, unknown>>;

const refusal = (error: unknown): Answer => ({
  ok: false,
  error: error instanceof Error ? error.message : String(error),
  ...(error instanceof ControlError && error.causeNumber !== undefined ? { cause: error.causeNumber } : {}),
});

const isRequest = (value: unknown): value is ControlRequest =>
  typeof value === 'object' && value !== null && 'do' in value && typeof value.do === 'string';

/**
 * `{"do": "resources"}`: what the process holds beside its contexts, so that a leak shows. Memory in octets, after a
 * collection when node was started with --expose-gc; timers, sockets and other things that are waited for by their kind.
 */
const resources = async (): Promise<Readonly<Record<string, unknown>>> => {
  // What a collection finds unused and has a finalizer is freed by the next one, when that has run.
  for (let collections = 0; collections < 3; collections += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const waiting: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) waiting[kind] = (waiting[kind] ?? 0) + 1;
  return { rss, heapUsed, external, waiting };
};

/** The answer to one line. It never rejects. */
export const answerLine = async (line: string, { status, control }: Running): Promise<Answer> => {
  try {
    const request: unknown = JSON.parse(line);
    if (!isRequest(request)) throw new ControlError('expected an object with "do", such as {"do": "status"}');
    if (request.do === 'status') return { ...status(), ok: true };
    if (request.do === 'resources') return { ...(await resources()), ok: true };
    const answer = await control?.(request);
    if (answer === undefined) throw new ControlError(`this function does not know how to do "${request.do}"`);
    return { ...answer, ok: true };
  } catch (error) {
    return refusal(error);
  }
};

const serve = (socket: Socket, running: Running): void => {
  let text = '';
  let before = Promise.resolve();
  const answerAfter = async (previous: Promise<void>, answered: Promise<Answer>): Promise<void> => {
    await previous;
    const octets = `${JSON.stringify(await answered)}\n`;
    if (socket.writable) socket.write(octets);
  };
  const answer = (line: string): void => void (before = answerAfter(before, answerLine(line, running)));
  socket.setEncoding('utf8');
  // Who asked may have gone; that is no matter for the function.
  socket.on('error', () => socket.destroy());
  socket.on('data', (part) => {
    const lines = (text + String(part)).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') answer(line);
    if (text.length > REQUEST_LIMIT) socket.destroy();
  });
  socket.on('end', () => void before.then(() => socket.end()));
};

/** Opens the control socket at `file`; a socket that an earlier process left there goes. Resolves when it is open. */
export const openControl = (file: string, running: Running): Promise<Server> =>
  new Promise((resolve, reject) => {
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(file, { force: true });
    const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, running));
    server.once('error', reject);
    server.listen(file, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
