/**
 * NAS messages that were damaged on purpose: whatever the octets are, reading them ends soon, with a message or with a
 * NasError. XIYOU_FUZZ=full takes five times as many.
 */
import t from 'tap';
import { type Direction, decodeNas, encodeNas } from '../../../../src/signalling/nas/message.ts';
import { NasError } from '../../../../src/signalling/nas/error.ts';
import { NasSecurityContext, NasSecurityError } from '../../../../src/signalling/nas/security.ts';
import { hexText } from '../../../../src/signalling/octets.ts';
import { randomFrom, seed } from '../../../helpers/random.ts';
import { capturedNas } from './corpus.ts';
import { samples } from './samples.ts';

const rounds = process.env['XIYOU_FUZZ'] === 'full' ? 100_000 : 20_000;
/** Milliseconds that reading one message may take. */
const DEADLINE = 100;

const random = randomFrom(seed);
const below = (limit: number): number => Math.floor(random() * limit);

const whole: readonly { readonly octets: Uint8Array; readonly direction: Direction }[] = [
  ...samples.map(({ direction, message }) => ({ octets: encodeNas(message), direction })),
  ...capturedNas(),
];

/** What damages a message: turned bits, octets that mean much, cuts, repeats, insertions. */
const damages: readonly ((octets: number[]) => void)[] = [
  (octets) => {
    const at = below(octets.length);
    octets[at] = (octets[at] ?? 0) ^ (1 << below(8));
  },
  (octets) => void (octets[below(octets.length)] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][below(6)] ?? 0),
  (octets) => void octets.splice(below(octets.length + 1)),
  (octets) => void octets.splice(below(octets.length), 1 + below(4)),
  (octets) => void octets.splice(below(octets.length), 0, ...octets.slice(below(octets.length))),
  (octets) => void octets.splice(below(octets.length + 1), 0, below(256), below(256)),
];

const damaged = (octets: Uint8Array): Uint8Array => {
  const copy = Array.from(octets);
  for (let count = 1 + below(4); count > 0; count -= 1) damages[below(damages.length)]?.(copy);
  return Uint8Array.from(copy);
};

/** What is wrong with reading the octets; undefined when nothing is. */
const fault = (octets: Uint8Array, direction: Direction): string | undefined => {
  try {
    const message = decodeNas(octets, direction);
    // What could be read can be written, and means the same then.
    const again = encodeNas(message);
    if (hexText(encodeNas(decodeNas(again, direction))) !== hexText(again)) return 'is something else when written';
  } catch (error) {
    if (!(error instanceof NasError) || error.fault === 'unencodable') return String(error);
  }
  return undefined;
};

/** The same, also when it takes too long. Time is the processor's, since the machine may be busy with other tests. */
const complaint = (octets: Uint8Array, direction: Direction): string | undefined => {
  const before = process.cpuUsage();
  const wrong = fault(octets, direction);
  const { user, system } = process.cpuUsage(before);
  return wrong ?? ((user + system) / 1000 > DEADLINE ? `takes more than ${DEADLINE} ms` : undefined);
};

void t.test(`${rounds} damaged messages (XIYOU_SEED=${seed})`, (t) => {
  const complaints: string[] = [];
  let [read, refused] = [0, 0];
  for (let round = 0; round < rounds && complaints.length < 5; round += 1) {
    const { octets, direction } = whole[below(whole.length)] ?? { octets: new Uint8Array(), direction: 'uplink' };
    const victim = damaged(octets);
    const wrong = complaint(victim, direction);
    if (wrong !== undefined) complaints.push(`${hexText(victim)} ${direction}: ${wrong}`);
    try {
      decodeNas(victim, direction);
      read += 1;
    } catch {
      refused += 1;
    }
  }
  t.same(complaints, []);
  // Both ways have to have been gone.
  t.ok(read > rounds / 20 && refused > rounds / 20, `${read} read, ${refused} refused`);
  t.end();
});

void t.test('every message cut at every length', (t) => {
  const complaints: string[] = [];
  for (const { octets, direction } of whole)
    for (let length = 0; length < octets.length; length += 1) {
      const wrong = complaint(octets.subarray(0, length), direction);
      if (wrong !== undefined) complaints.push(`${hexText(octets.subarray(0, length))} ${direction}: ${wrong}`);
    }
  t.same(complaints, []);
  t.end();
});

void t.test('a security context opens nothing that was damaged', (t) => {
  const common = { keySet: 0, kasme: new Uint8Array(32).fill(7), eea: 2, eia: 2 } as const;
  const [ue, mme] = [
    new NasSecurityContext({ ...common, side: 'ue' }),
    new NasSecurityContext({ ...common, side: 'mme' }),
  ];
  const wrong: string[] = [];
  for (let round = 0; round < rounds / 20; round += 1) {
    const octets = ue.protect(Uint8Array.of(0x07, 0x5e));
    const victim = damaged(octets);
    // The first octet is not under the code.
    if (hexText(victim.subarray(1)) === hexText(octets.subarray(1))) continue;
    try {
      mme.open(victim);
      wrong.push(`${hexText(victim)} for ${hexText(octets)}`);
    } catch (error) {
      if (!(error instanceof NasError || error instanceof NasSecurityError)) wrong.push(String(error));
    }
  }
  t.same(wrong.slice(0, 5), []);
  t.end();
});
