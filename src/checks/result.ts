/** What came out of a check: what was asked, what was expected, what was seen. */
import type { Statement } from '../topology/check.ts';

/** One try. */
export interface Answer {
  readonly ok: boolean;
  /** In words, whatever it was. */
  readonly seen: string;
  /** Milliseconds that the thing itself took, where it took place. */
  readonly took?: number | undefined;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** Until it was true, or given up; after an event, from the event on. */
  readonly seconds: number;
  readonly statement: Statement['statement'];
  /** The node that was asked. */
  readonly from: string;
  /** What was done there, as a person can repeat it. */
  readonly asked: string;
  readonly expected: string;
  /** What the last try saw. */
  readonly seen: string;
  readonly took?: number | undefined;
  /** What had happened to the lab. */
  readonly when?: string | undefined;
}

/** A number of milliseconds for people. */
export const milliseconds = (value: number): string => `${Number(value.toPrecision(3))} ms`;

/** The answer, not true any more when the thing itself took too long. */
export const inTime = (answer: Answer, atMost: number | undefined): Answer => {
  const { ok, seen, took } = answer;
  if (took === undefined) return answer;
  const timed = `${seen}, in ${milliseconds(took)}`;
  return { ok: ok && (atMost === undefined || took <= atMost), seen: timed, took };
};
