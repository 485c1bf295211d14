/** `xiyou capture`: every interface of many nodes in one capture, in words or as one pcapng for Wireshark. */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { type Command, InvalidArgumentError } from 'commander';
import type { Frame } from '../../packet/layer.ts';
import { pad } from '../output/table.ts';
import { count } from '../output/text.ts';
import { type CommonOptions, readSeconds, withExamples, withLab } from '../options.ts';

interface CaptureOptions extends CommonOptions {
  readonly write?: string;
  readonly count?: number;
  readonly seconds?: number;
  readonly snaplen?: number;
}

const readCount = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number');
  return value;
};

/** `09:15:02.123456789`, local time. */
const clock = (time: bigint): string => {
  const date = new Date(Number(time / 1_000_000n));
  return `${date.toTimeString().slice(0, 8)}.${(time % 1_000_000_000n).toString().padStart(9, '0')}`;
};

/** Lines for people, as tcpdump has them, with the node in front. */
const lines = async (): Promise<(frames: readonly Frame[]) => void> => {
  const [{ dissect }, { describe }] = await Promise.all([
    import('../../packet/dissect.ts'),
    import('../../packet/describe.ts'),
  ]);
  return (frames) => {
    for (const frame of frames) {
      const place = `${frame.node}:${frame.interface} ${frame.direction === 'out' ? '>' : '<'}`;
      process.stdout.write(`${clock(frame.time)} ${pad(place, 24)} ${describe(dissect(frame.bytes, frame.link))}\n`);
    }
  };
};

/** One pcapng, to a file or to standard output. */
const file = async (
  target: string,
): Promise<{ write: (frames: readonly Frame[]) => void; end: () => Promise<void> }> => {
  const { pcapngWriter } = await import('../../packet/pcapng.ts');
  const writer = pcapngWriter();
  const stream = target === '-' ? process.stdout : createWriteStream(target);
  stream.write(writer.header());
  return {
    write: (frames) => {
      stream.write(writer.frames(frames));
    },
    end: async () => {
      if (stream === process.stdout) return;
      stream.end();
      await once(stream, 'finish');
    },
  };
};

export const capture = (program: Command): void => {
  const command = program
    .command('capture')
    .description('capture in several nodes at once')
    .argument('[places...]', 'node or node:interface; every node when left out')
    .option('-w, --write <file>', 'write one pcapng; - for standard output')
    .option('-c, --count <frames>', 'stop after so many frames', readCount)
    .option('-s, --seconds <seconds>', 'stop after so long', readSeconds)
    .option('--snaplen <octets>', 'keep only so many octets of each frame', readCount);
  withExamples(
    withLab(command),
    ['xiyou capture pgw:sgi nat', 'one line per frame, until Ctrl-C'],
    ['xiyou capture -w - | wireshark -k -i -', 'the whole Internet in one Wireshark'],
    ['xiyou capture c1 c2 -s 5 -w transit.pcapng', 'five seconds into a file'],
  ).action(async (places: string[], options: CaptureOptions) => {
    const [{ withLab: open }, { captureFrames }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/capture.ts'),
    ]);
    await open(options.lab, async (lab) => {
      const stop = new AbortController();
      const end = (): void => stop.abort();
      process.on('SIGINT', end).on('SIGTERM', end);
      process.stdout.once('error', end);
      const timer = options.seconds === undefined ? undefined : setTimeout(end, options.seconds * 1000);
      const output = options.write === undefined ? undefined : await file(options.write);
      const write = output?.write ?? (await lines());
      let taken = 0;
      try {
        const statistics = await captureFrames(
          lab,
          { places, snaplen: options.snaplen, signal: stop.signal },
          (frames) => {
            const wanted = options.count === undefined ? frames : frames.slice(0, Math.max(0, options.count - taken));
            taken += wanted.length;
            write(wanted);
            if (taken >= (options.count ?? Number.POSITIVE_INFINITY)) end();
          },
        );
        await output?.end();
        const lost = statistics.reduce((sum, node) => sum + node.dropped, 0);
        process.stderr.write(
          `${count(taken, 'frame')} captured in ${count(statistics.length, 'node')}, ${lost} dropped by the kernel\n`,
        );
      } finally {
        clearTimeout(timer);
        process.off('SIGINT', end).off('SIGTERM', end);
      }
    });
  });
};
