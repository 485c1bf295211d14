/**
 * An RPKI cache for routers: `node lab/rtr/main.ts CONFIG`, one process inside a node. It serves payloads from a file by the
 * RPKI-to-router protocol (RFC 8210), and tells the routers when SIGHUP had it read another content.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { announceReady, fail, keepStatus } from '../daemon.ts';
import { Cache } from './cache.ts';
import { readConfig, readPayloads } from './config.ts';
import { Conversation } from './conversation.ts';

/** Routers at once; a lab has fewer. */
const MOST_ROUTERS = 1024;

const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);
const warn = (error: unknown): void => log(`! ${error instanceof Error ? error.message : String(error)}`);

const run = (file: string): void => {
  const config = readConfig(file);
  const cache = new Cache(randomInt(2 ** 16), readPayloads(config.roas));
  const routers = new Map<Socket, { readonly name: string; readonly conversation: Conversation }>();

  /** When routers were told last, and whether they will be. */
  let [told, timer]: [number, NodeJS.Timeout | undefined] = [-Infinity, undefined];
  const notify = (): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        told = performance.now();
        for (const { conversation } of routers.values()) conversation.notify();
      },
      Math.max(0, told + config.notify - performance.now()),
    );
  };
  process.on('SIGHUP', () => {
    try {
      if (!cache.replace(readPayloads(config.roas))) return;
      log(`serial ${cache.serial}: ${cache.payloads.length} payloads`);
      notify();
      writeStatus();
    } catch (error) {
      // What is served stays; the routers have no part in a mistake of the file.
      warn(error);
    }
  });

  const server = createServer({ keepAlive: true, noDelay: true }, (socket) => {
    const name = `${socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/u, '') ?? ''} port ${socket.remotePort ?? 0}`;
    const conversation = new Conversation(cache, config, {
      send: (octets) => {
        // Who does not read is not read from, so that answers do not pile up.
        if (!socket.write(octets)) socket.pause();
      },
      end: () => socket.end(),
      log: (text) => {
        log(`${name}: ${text}`);
        setImmediate(writeStatus);
      },
    });
    routers.set(socket, { name, conversation });
    socket.on('drain', () => socket.resume());
    socket.on('data', (piece: Buffer) => conversation.receive(piece));
    socket.on('error', (error) => warn(`${name}: ${error.message}`));
    socket.on('close', () => {
      routers.delete(socket);
      log(`${name}: gone`);
    });
  });
  server.maxConnections = MOST_ROUTERS;
  server.on('error', fail);

  const writeStatus = keepStatus(config.status, () => ({
    session: cache.session,
    serial: cache.serial,
    payloads: cache.payloads.length,
    routers: [...routers.values()].map(({ name, conversation }) => ({ name, ...conversation.state })),
  }));
  server.listen(config.port, () => {
    log(`session ${cache.session}, serial ${cache.serial}: ${cache.payloads.length} payloads, port ${config.port}`);
    announceReady(config.ready);
  });
};

try {
  run(process.argv[2] ?? '');
} catch (error) {
  fail(error);
}
