/**
 * Both ends of a measurement: a small packet every few milliseconds from one node to another, and back.
 *
 *     main.ts echo ADDRESS PORT SECONDS             answers whatever comes to ADDRESS
 *     main.ts send ADDRESS PORT INTERVAL SECONDS    asks there every INTERVAL milliseconds
 *
 * Each line of the sender's output is `sent SEQUENCE TIME` or `answered SEQUENCE TIME`, in nanoseconds of
 * CLOCK_MONOTONIC, which is one clock for all processes of a machine (clock_gettime(2)). Both end by themselves after
 * SECONDS, whatever became of who started them.
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';

const [role, address = '', ...numbers] = process.argv.slice(2);
const [port = 0, ...more] = numbers.map(Number);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const endAfter = (seconds: number | undefined): void => void setTimeout(() => process.exit(0), (seconds ?? 0) * 1000);

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

const echo = (seconds: number | undefined): void => {
  endAfter(seconds);
  // While there is no way back, an answer is refused here; that is what is being measured.
  socket.on('message', (message, from) => socket.send(message, from.port, from.address, () => undefined));
  socket.bind(port, address, () => say('ready'));
};

const send = (interval: number, seconds: number | undefined): void => {
  endAfter(seconds);
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
  socket.bind(() => {
    say('ready');
    next();
  });
};

if (role === 'echo') echo(more[0]);
else if (role === 'send') send(more[0] ?? 10, more[1]);
else {
  process.stderr.write('echo or send?\n');
  process.exit(2);
}
