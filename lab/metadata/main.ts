/**
 * The metadata service of a hypervisor: `node lab/metadata/main.ts CONFIG`. It listens on a port of the hypervisor's switch,
 * whose flows give each machine that may ask an address of its own there; the address says who it is, and nothing else does.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { announceReady, fail } from '../daemon.ts';
import { answer } from './answer.ts';
import { type Config, type Machine, readConfig } from './config.ts';
import { Tokens } from './tokens.ts';

/** Connections of one machine at once: none of them takes the service from the others. */
const MOST_OF_ONE = 64;
/** Milliseconds that a request may take to arrive, and a connection may be idle. */
const PATIENCE = 10_000;

const log = (entry: unknown): void => void process.stdout.write(`${JSON.stringify(entry)}\n`);

const byStand = (config: Config): ReadonlyMap<string, Machine> =>
  new Map(config.machines.map((machine) => [machine.stand, machine]));

const run = (file: string): void => {
  let config = readConfig(file);
  let machines = byStand(config);
  const tokens = new Tokens(() => performance.now());
  const open = new Map<string, number>();
  const whoAsks = (socket: Socket): Machine | undefined => machines.get(socket.remoteAddress ?? '');

  const server = createServer((request: IncomingMessage, response) => {
    const machine = whoAsks(request.socket);
    if (machine === undefined) {
      request.socket.destroy();
      return;
    }
    const { method = '', url = '/', headers } = request;
    const given = answer(config.lab, machine, { method, path: url, headers }, tokens);
    log({ time: new Date().toISOString(), machine: machine.node, method, path: url, status: given.status });
    response.writeHead(given.status, { ...given.headers, 'content-length': Buffer.byteLength(given.body) });
    response.end(method === 'HEAD' ? undefined : given.body);
    // A body is of no use to anybody here; what is left of it is not waited for.
    request.resume();
  });
  server.requestTimeout = PATIENCE;
  server.headersTimeout = PATIENCE;
  server.keepAliveTimeout = PATIENCE;
  server.on('connection', (socket) => {
    const stand = socket.remoteAddress ?? '';
    const count = (open.get(stand) ?? 0) + 1;
    open.set(stand, count);
    socket.once('close', () => {
      const left = (open.get(stand) ?? 1) - 1;
      if (left === 0) open.delete(stand);
      else open.set(stand, left);
    });
    if (count > MOST_OF_ONE || whoAsks(socket) === undefined) socket.destroy();
  });
  server.on('error', fail);
  process.on('SIGHUP', () => {
    try {
      config = readConfig(file);
      machines = byStand(config);
    } catch (error) {
      // What is known stays; the machines have no part in a mistake of the file.
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  });
  server.listen(config.port, config.address, () => announceReady(config.ready));
};

try {
  run(process.argv[2] ?? '');
} catch (error) {
  fail(error);
}
