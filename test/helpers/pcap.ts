/** Captured frames as a classic pcap file of one link type, and what tshark says about it. */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { captureLoop } from '../../src/kernel/capture-loop.ts';
import type { Capture } from '../../src/kernel/capture.ts';
import type { Frame } from '../../src/packet/layer.ts';

/** Magic number of files with nanosecond timestamps, version 2.4 (draft-ietf-opsawg-pcap). */
const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const linkType = { ethernet: 1, ip: 101 } as const;

export const writePcap = (file: string, frames: readonly Frame[]): void => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC_NANOSECONDS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0x4_0000, 16);
  header.writeUInt32LE(linkType[frames[0]?.link ?? 'ethernet'], 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Number(frame.time / 1_000_000_000n), 0);
    record.writeUInt32LE(Number(frame.time % 1_000_000_000n), 4);
    record.writeUInt32LE(frame.bytes.length, 8);
    record.writeUInt32LE(frame.wireLength, 12);
    return [record, frame.bytes];
  });
  writeFileSync(file, Buffer.concat([header, ...records]));
};

/**
 * One line per packet that the display filter selects, with the fields' values (several occurrences joined by commas)
 * separated by spaces; tshark's summary when no field is named. Checksums of IP, UDP and TCP are verified.
 */
export const tshark = async (file: string, filter: string, ...fields: string[]): Promise<string[]> => {
  const { stdout } = await execa('tshark', [
    '-r',
    file,
    '-2',
    '-R',
    filter,
    ...['ip', 'udp', 'tcp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]),
    ...(fields.length === 0 ? [] : ['-T', 'fields', '-E', 'separator=/s', ...fields.flatMap((field) => ['-e', field])]),
  ]);
  return stdout === '' ? [] : stdout.split('\n');
};

/** Records a capture from now on; the returned function stops and returns every frame, and fails if one was dropped. */
export const record = (capture: Capture): (() => Promise<Frame[]>) => {
  const stop = new AbortController();
  const frames: Frame[] = [];
  const loop = captureLoop(capture, (more) => void frames.push(...more), { signal: stop.signal });
  return async () => {
    stop.abort();
    await loop;
    const lossy = capture.statistics().filter(({ dropped }) => dropped > 0);
    if (lossy.length > 0) throw new Error(`the capture is incomplete: ${JSON.stringify(lossy)}`);
    return frames;
  };
};
