/** Recorded frames as a file, and what tshark says about it. */
import { writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { captureLoop } from '../../src/kernel/capture-loop.ts';
import type { Capture } from '../../src/kernel/capture.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { pcapngWriter } from '../../src/packet/pcapng.ts';

/** Frames of any number of interfaces, in the order given. */
export const writeCapture = (file: string, frames: readonly Frame[]): void => {
  const writer = pcapngWriter();
  writeFileSync(file, Buffer.concat([writer.header(), writer.frames(frames)]));
};

/** Octets on this TCP port are nobody's protocol: tshark does not guess at them, as it would at random ones. */
export const OPAQUE_PORT = 7000;

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
    '-d',
    `tcp.port==${OPAQUE_PORT},data`,
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
