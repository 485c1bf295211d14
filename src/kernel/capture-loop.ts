/**
 * Reading a capture over time. The kernel fills a ring whether or not anybody reads; whoever reads has to come back
 * before it is full. `captureLoop` does that; `drain` ends a capture without losing its last milliseconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame } from '../packet/layer.ts';
import { XiyouError } from '../errors.ts';
import type { Capture } from './capture.ts';

/**
 * Milliseconds between two looks at the rings. A ring of 4 MiB holds 27 ms of 100,000 full frames per second, so this
 * leaves room for the event loop's other work.
 */
const POLL_INTERVAL = 4;

/** Milliseconds after which `drain` gives up: a hundred times the kernel's own limit of 50 ms per block. */
const DRAIN_DEADLINE = 5000;

/**
 * Reads until every frame that was captured before this call has been read, and returns all that was read. Frames
 * that arrive meanwhile may be among them. Takes up to 50 ms when frames wait, and no time when none do.
 *
 * @throws XiyouError `kernel-refused` when the kernel does not hand over a block before the deadline (milliseconds).
 */
export const drain = async (capture: Capture, deadline = DRAIN_DEADLINE): Promise<Frame[]> => {
  const frames = capture.poll();
  // What is still unread was captured into the block that each ring is filling now: that one block has to be read.
  const before = capture.progress();
  const unread = (): boolean =>
    capture.progress().some(({ consumed, empty }, index) => !empty && consumed === before[index]?.consumed);
  const end = performance.now() + deadline;
  while (unread()) {
    if (performance.now() > end)
      throw new XiyouError('kernel-refused', `a capture ring was not handed over within ${deadline} ms`, {
        hint: 'the machine may be overloaded; run the trace again',
      });
    await pause(1);
    for (const frame of capture.poll()) frames.push(frame);
  }
  return frames;
};

/**
 * Hands frames to `onFrames` until `signal` aborts, then drains and hands over the rest. The promise resolves when the
 * last frame has been handed over, or when somebody closed the capture; it rejects with what `onFrames` throws. The
 * capture stays open.
 */
export const captureLoop = async (
  capture: Capture,
  onFrames: (frames: readonly Frame[]) => void,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> => {
  const hand = (frames: readonly Frame[]): void => {
    if (frames.length > 0) onFrames(frames);
  };
  while (!signal.aborted && capture.isOpen()) {
    hand(capture.poll());
    // An abort ends the pause early; the loop's condition is what looks at it.
    await pause(POLL_INTERVAL, undefined, { signal }).catch(() => undefined);
  }
  hand(await drain(capture));
};
