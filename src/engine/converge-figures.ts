/** What a row of probes says about an interruption. Pure: times are nanoseconds of one clock, in any order of lines. */

export interface Answered {
  readonly sequence: number;
  readonly sent: bigint;
  readonly answered: bigint | undefined;
}

/** Lines of lab/converge: `sent N TIME`, `answered N TIME`. A line that is still being written is left out. */
export const readProbes = (log: string): Answered[] => {
  const sent = new Map<number, bigint>();
  const answered = new Map<number, bigint>();
  for (const line of log.slice(0, log.lastIndexOf('\n') + 1).split('\n')) {
    const match = /^(sent|answered) (\d+) (\d+)$/u.exec(line);
    if (match === null) continue;
    const [, what, sequence, time] = match;
    const to = what === 'sent' ? sent : answered;
    // Of a packet that came twice the first counts.
    if (!to.has(Number(sequence))) to.set(Number(sequence), BigInt(time ?? 0));
  }
  return [...sent].map(([sequence, time]) => ({ sequence, sent: time, answered: answered.get(sequence) }));
};

export interface Figures {
  /** Probes from the event on, and how many of them were never answered. */
  readonly sent: number;
  readonly lost: number;
  /** Milliseconds from the event to the first lost probe's sending; undefined when none was lost. */
  readonly interruptedAfter: number | undefined;
  /** Milliseconds from the event to the first answer to a probe that was sent after the first lost one. */
  readonly firstAnswer: number | undefined;
  /**
   * Milliseconds from the event until traffic flows again: the first answer after which none is missing. 0 when it never
   * stopped, undefined when it has not come back.
   */
  readonly flowsAgain: number | undefined;
  /** The longest time without an answer (milliseconds), from answer to answer. */
  readonly longestGap: number | undefined;
}

const milliseconds = (from: bigint, to: bigint): number => Math.round(Number(to - from) / 1e4) / 100;

/**
 * The figures of an event at `event`. Probes sent after `until` are left out: their answers may still be under way.
 */
export const figuresOf = (probes: readonly Answered[], event: bigint, until: bigint): Figures => {
  const known = probes.filter((probe) => probe.sent <= until).toSorted((a, b) => a.sequence - b.sequence);
  // A packet that was on its way at the moment of the event is lost by it.
  const before = known.filter((probe) => probe.sent < event);
  const underWay = before.slice(before.findLastIndex((probe) => probe.answered !== undefined) + 1);
  const after = [...underWay, ...known.filter((probe) => probe.sent >= event)];
  const lost = after.filter((probe) => probe.answered === undefined);
  const [first] = lost;
  const last = lost.at(-1);
  // While traffic is away the gap is as long as was looked.
  const open = known.at(-1)?.answered === undefined ? [until] : [];
  const answers = [...known.flatMap(({ answered }) => answered ?? []), ...open].toSorted((a, b) => Number(a - b));
  const around = answers.filter((time, index) => time >= event || (answers[index + 1] ?? 0n) >= event);
  const gaps = around.slice(1).map((time, index) => milliseconds(around[index] ?? time, time));
  const answerAfter = (probe: Answered | undefined): bigint | undefined =>
    after
      .flatMap((one) => (probe !== undefined && one.sequence > probe.sequence ? (one.answered ?? []) : []))
      .toSorted((a, b) => Number(a - b))[0];
  const again = answerAfter(last);
  const firstAnswer = answerAfter(first);
  return {
    sent: after.length,
    lost: lost.length,
    interruptedAfter: first === undefined ? undefined : Math.max(0, milliseconds(event, first.sent)),
    firstAnswer: firstAnswer === undefined ? undefined : milliseconds(event, firstAnswer),
    flowsAgain: last === undefined ? 0 : again === undefined ? undefined : milliseconds(event, again),
    longestGap: gaps.length === 0 ? undefined : Math.max(...gaps),
  };
};

/** Whether all of the last `span` nanoseconds before `until` was answered, and there was something to answer. */
export const flows = (probes: readonly Answered[], span: bigint, until: bigint): boolean => {
  const recent = probes.filter((probe) => probe.sent <= until && probe.sent > until - span);
  const whole = probes.some((probe) => probe.sent <= until - span);
  return whole && recent.length > 0 && recent.every((probe) => probe.answered !== undefined);
};
