/**
 * An SCTP user in a process of its own, for namespaces: `node sctp-peer.ts ROLE JSON`. Messages are those of
 * usrsctp-peer.c, so that each can talk with the other. Prints lines: `ready`, and at the end a JSON object.
 *
 *     server {local, port}                         echoes; ends when its first association has ended
 *     client {local, remote, port, count}          sends, compares the echoes, shuts down
 *     sink   {local, port}                         counts; ends when its first association has ended
 *     flood  {local, remote, port, octets, size}   sends messages of a size as fast as it may
 *     pings  {local, remote, port, count}          one message after the other, each waiting for its echo
 */
import { connect, dropped, listen, type Message, type SctpAssociation } from '../../lab/epc/sctp/sctp.ts';

export interface PeerInput {
  readonly local: string;
  readonly remote: string;
  readonly port: number;
  readonly localPort?: number;
  readonly count: number;
  readonly octets: number;
  readonly size: number;
}

/** Nobody else's, so that nobody takes the messages for something that they are not. */
const PPID = 0x1234_5678;
const STREAMS = 4;

const messageOf = (number: number): Buffer => {
  const bytes = Buffer.alloc(4 + ((37 * number) % 3000) + (number % 100 === 99 ? 60_000 : 0), number & 255);
  bytes.writeUInt32BE(number);
  return bytes;
};

/** What is wrong with an echo; undefined when nothing is. */
const fault = ({ stream, ppid, bytes, unordered }: Message, last: number[], seen: Set<number>): string | undefined => {
  const number = Buffer.from(bytes).readUInt32BE(0);
  const isUnordered = number % 10 === 9;
  if (seen.has(number)) return `message ${number} came twice`;
  seen.add(number);
  if (!messageOf(number).equals(bytes)) return `message ${number} has other octets`;
  if (stream !== number % STREAMS || ppid !== PPID || unordered !== isUnordered)
    return `message ${number} has other labels`;
  if (isUnordered) return undefined;
  if (number < (last[stream] ?? -1)) return `message ${number} came after ${last[stream]}`;
  last[stream] = number;
  return undefined;
};

/** Sends without letting too much pile up. */
const pour = (association: SctpAssociation, next: () => (() => boolean) | undefined): Promise<void> =>
  new Promise((resolve) => {
    let isPouring = false;
    const more = (): void => {
      if (isPouring) return;
      isPouring = true;
      for (let send = next(); ; send = next()) {
        if (send === undefined) {
          resolve();
          return;
        }
        if (!send()) break;
      }
      isPouring = false;
    };
    association.onDrain(more);
    more();
  });

const report = async (input: PeerInput, association: SctpAssociation, result: () => object): Promise<void> => {
  const reason = await association.closed;
  const line = { ...result(), reason, statistics: association.statistics(), dropped: await dropped(input.local) };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const serve = async (input: PeerInput, work: (association: SctpAssociation) => () => object): Promise<void> => {
  const listener = await listen(input, (association) => {
    listener.close();
    const result = work(association);
    void association.closed.then(() => report(input, association, result));
  });
  process.stdout.write('ready\n');
};

const echo = (association: SctpAssociation) => (): object => ({ messages: association.statistics().messagesReceived });

const roles: Readonly<Record<string, (input: PeerInput) => Promise<void>>> = {
  server: (input) =>
    serve(input, (association) => {
      association.onMessage(({ stream, ppid, bytes, unordered }) =>
        association.send(stream, ppid, bytes, { unordered }),
      );
      return echo(association);
    }),
  sink: (input) =>
    serve(input, (association) => {
      let first = 0;
      association.onMessage(() => {
        first ||= performance.now();
      });
      return () => ({ seconds: (performance.now() - first) / 1000 });
    }),
  client: async (input) => {
    const association = await connect(input);
    const started = performance.now();
    const last: number[] = [];
    const seen = new Set<number>();
    const faults: string[] = [];
    association.onMessage((message) => {
      const wrong = fault(message, last, seen);
      if (wrong !== undefined) faults.push(wrong);
      if (seen.size === input.count) void association.close();
    });
    let number = 0;
    await pour(association, () => {
      if (number >= input.count) return undefined;
      const current = number;
      number += 1;
      return () => association.send(current % STREAMS, PPID, messageOf(current), { unordered: current % 10 === 9 });
    });
    await report(input, association, () => ({
      seen: seen.size,
      faults,
      seconds: (performance.now() - started) / 1000,
    }));
  },
  flood: async (input) => {
    const association = await connect(input);
    const bytes = Buffer.alloc(input.size);
    let left = input.octets;
    await pour(association, () => {
      if (left <= 0) return undefined;
      left -= input.size;
      return () => association.send(0, PPID, bytes);
    });
    void association.close();
    await report(input, association, () => ({}));
  },
  pings: async (input) => {
    const association = await connect(input);
    const times: number[] = [];
    await new Promise<void>((resolve) => {
      let sent = performance.now();
      association.onMessage(() => {
        times.push(performance.now() - sent);
        if (times.length === input.count) resolve();
        else {
          sent = performance.now();
          association.send(0, PPID, Buffer.alloc(100));
        }
      });
      association.send(0, PPID, Buffer.alloc(100));
    });
    void association.close();
    times.sort((a, b) => a - b);
    const at = (part: number): number | undefined => times[Math.floor((times.length - 1) * part)];
    await report(input, association, () => ({ minimum: at(0), median: at(0.5), p99: at(0.99) }));
  },
};

const [role = '', json = '{}'] = process.argv.slice(2);
const run = roles[role];
if (run === undefined) throw new Error(`no role ${role}`);
await run(JSON.parse(json) as PeerInput);
