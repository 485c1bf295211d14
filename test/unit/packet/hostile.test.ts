/** The dissector on frames that were cut, damaged or made to mislead it. */
import t from 'tap';
import { dissect } from '../../../src/packet/dissect.ts';
import { identity } from '../../../src/packet/identity.ts';
import { describe, headerTable } from '../../../src/packet/describe.ts';
import type { Layer } from '../../../src/packet/layer.ts';
import { ethernetFrames, ipFrames } from '../../helpers/frames.ts';

const reasonOf = (layers: readonly Layer[]): string | undefined => {
  const last = layers.at(-1);
  return last?.protocol === 'data' ? last.reason : undefined;
};

void t.test('a frame of nothing but VLAN tags ends at a limit', (t) => {
  const bytes = new Uint8Array(4000).map((_, index) => [0x81, 0x00, 0x81, 0x00][index % 4] ?? 0);
  const layers = dissect(bytes, 'ethernet');
  t.ok(layers.length < 100, `${layers.length} layers`);
  t.equal(reasonOf(layers), 'unknown');
  t.end();
});

/**
 * Headers follow each other without gaps inside the frame. Only the last one may reach beyond what was captured; then
 * a data layer behind it says so.
 */
const contiguous = (bytes: Uint8Array, layers: readonly Layer[]): boolean => {
  let end = 0;
  for (const layer of layers) {
    const follows = layer.protocol === 'data' ? layer.offset <= end : layer.offset === end && end <= bytes.length;
    if (!follows || layer.length < 0) return false;
    end = layer.offset + layer.length;
  }
  return end <= bytes.length;
};

void t.test('every frame cut at every length keeps its outer layers', (t) => {
  const failures: string[] = [];
  for (const [link, frames] of [['ethernet', ethernetFrames] as const, ['ip', ipFrames] as const]) {
    for (const [name, bytes] of Object.entries(frames)) {
      const whole = dissect(bytes, link);
      if (!contiguous(bytes, whole)) failures.push(`${name}: gaps`);
      for (let length = 0; length < bytes.length; length += 1) {
        const layers = dissect(bytes.subarray(0, length), link);
        const complete = whole.filter((layer) => layer.protocol !== 'data' && layer.offset + layer.length <= length);
        if (JSON.stringify(layers.slice(0, complete.length)) !== JSON.stringify(complete))
          failures.push(`${name} cut at ${length}`);
        // Only padding and payload may be missing without a word.
        const hidden = whole.some((layer) => layer.protocol !== 'data' && layer.offset + layer.length > length);
        if (hidden && reasonOf(layers) === undefined) failures.push(`${name} cut at ${length}: silent`);
      }
    }
  }
  t.same(failures, []);
  t.end();
});

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

void t.test('10,000 damaged frames are dissected, identified and described without an exception', (t) => {
  const next = random(20_240_607);
  const below = (limit: number): number => Math.floor(next() * limit);
  const samples = Object.values(ethernetFrames);
  let odd = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const sample = samples[below(samples.length)] ?? new Uint8Array();
    const bytes = sample.slice(0, next() < 0.3 ? below(sample.length + 1) : sample.length);
    for (let change = below(6); change >= 0; change -= 1)
      bytes[below(Math.min(bytes.length, 120))] = next() < 0.3 ? 255 : below(256);
    const layers = dissect(bytes, next() < 0.9 ? 'ethernet' : 'ip');
    identity(bytes, layers);
    describe(layers);
    headerTable(layers);
    if (!contiguous(bytes, layers)) odd += 1;
  }
  t.equal(odd, 0);
  t.end();
});
