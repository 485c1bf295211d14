/**
 * Both ends of a measurement: a small packet every few milliseconds from one node to another, and back.
 *
 *     main.ts echo ADDRESS PORT SECONDS             answers whatever comes to ADDRESS
 *     main.ts scout ADDRESS PORT COUNT              asks there once from each of COUNT ports, so that somebody who captures
 *                                                   sees which way packets from each of them take
 *     main.ts send ADDRESS PORT INTERVAL SECONDS SOURCE
 *                                                   asks there from the port SOURCE every INTERVAL milliseconds
 *
 * Each line of the sender's output is `sent SEQUENCE TIME` or `answered SEQUENCE TIME`, in nanoseconds of
 * CLOCK_MONOTONIC, which is one clock for all processes of a machine (clock_gettime(2)). Both ends end by themselves after
 * SECONDS, whatever became of who started them; a scout when all answers are there, or none came for a second.
 */
import { randomBytes } from 'node:crypto';
import { type Socket, createSocket } from 'node:dgram';

const [role, address = '', ...numbers] = process.argv.slice(2);
const [port = 0, ...more] = numbers.map(Number);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const endAfter = (seconds: number | undefined): void => void setTimeout(() => process.exit(0), (seconds ?? 0) * 1000);

/** Milliseconds that a scout's packets have for their way and back. */
const scoutPatience = 1000;

const newSocket = (): Socket =>
  createSocket(address.includes(':') ? 'udp6' : 'udp4').on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });

const echo = (seconds: number | undefined): void => {
  endAfter(seconds);
  const socket = newSocket();
  // While there is no way back, an answer is refused here; that is what is being measured.
  socket.on('message', (message, from) => socket.send(message, from.port, from.address, () => undefined));
  socket.bind(port, address, () => say('ready'));
};

const scout = (count: number): void => {
  let open = count;
  // While nobody answers that is the answer; the one who captures sees how far the packets came.
  setTimeout(() => process.exit(0), scoutPatience);
  for (let one = 0; one < count; one += 1) {
    const socket = newSocket();
    socket.once('message', () => {
      open -= 1;
      if (open === 0) process.exit(0);
    });
    socket.send('scout', port, address, () => undefined);
  }
};

const send = (interval: number, seconds: number | undefined, source: number | undefined): void => {
  endAfter(seconds);
  const socket = newSocket();
  const mark = randomBytes(8);
  socket.on('message', (message) => {
    const now = process.hrtime.bigint();
    if (message.length === 12 && message.subarray(0, 8).equals(mark)) say(`answered ${message.readUInt32BE(8)} ${now}`);
  });
  const begin = performance.now();
  let sequence = 0;
  const next = (): void => {
    const message = Buffer.alloc(12);
    mark.copy(message);
    message.writeUInt32BE(sequence, 8);
    say(`sent ${sequence} ${process.hrtime.bigint()}`);
    socket.send(message, port, address, () => undefined);
    sequence += 1;
    // By the clock and not from one to the next, so that delays do not add up.
    setTimeout(next, Math.max(0, begin + sequence * interval - performance.now()));
  };
  socket.bind(source ?? 0, () => {
    say('ready');
    next();
  });
};

if (role === 'echo') echo(more[0]);
else if (role === 'scout') scout(more[0] ?? 1);
else if (role === 'send') send(more[0] ?? 10, more[1], more[2]);
else {
  process.stderr.write('echo, scout or send?\n');
  process.exit(2);
}
