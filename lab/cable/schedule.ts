/**
 * Frames on the line, the one that is due first on top: a binary heap. Frames that are due at the same time leave in
 * the order they came.
 */
export interface Scheduled {
  readonly due: number;
  readonly octets: Buffer;
}

interface Item extends Scheduled {
  readonly order: number;
}

const before = (a: Item, b: Item): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

export class Schedule {
  /** Octets of all frames on the line. */
  held = 0;
  readonly #heap: Item[] = [];
  #count = 0;

  /** Keeps the frame, not a copy. */
  add(due: number, octets: Buffer): void {
    this.#count += 1;
    this.held += octets.length;
    const item = { due, octets, order: this.#count };
    const heap = this.#heap;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !before(item, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = item;
  }

  /** When the next frame is due; undefined when the line is empty. */
  get next(): number | undefined {
    return this.#heap[0]?.due;
  }

  /** Takes the frame that is due first off the line. */
  take(): Scheduled | undefined {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (top === undefined || last === undefined) return undefined;
    this.held -= top.octets.length;
    if (last !== top) this.#sink(last);
    return top;
  }

  /** Puts an item into the place of the top, and down to where it belongs. */
  #sink(item: Item): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && before(right, child)) {
        down += 1;
        child = right;
      }
      if (!before(child, item)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = item;
  }
}
