/**
 * Whether the world would answer, by what bgpd says of its neighbours there: one that is Established knows this gateway's
 * addresses, and one that has told a route is a way.
 *
 * Hypervisors choose a way out for both IP versions at once. So a gateway begins when every version it speaks with the world
 * has a way, or when the first has had one for some time; and it ends when no version has: the loss of one version must
 * not take the other with it.
 */
export interface Neighbour {
  /** As bgpd writes it. */
  readonly address: string;
  readonly name: string;
  readonly family: 4 | 6;
  /** Whether the way out comes from such neighbours; else it is configured. */
  readonly tells: boolean;
}

export interface Verdict {
  readonly stands: boolean;
  /** By whom, or what is missing; for people. */
  readonly because: string;
}

interface Peer {
  readonly state?: string;
  readonly pfxRcd?: number;
}

/** bgpd's `show bgp summary json`, as far as it is read: address families, each with its peers by address. */
export type Summary = Readonly<Record<string, { readonly peers?: Readonly<Record<string, Peer>> }>>;

/** The answer to that; undefined where it is none, as before bgpd has an instance. */
export const readSummary = (text: string): Summary | undefined => {
  try {
    return JSON.parse(text) as Summary;
  } catch {
    return undefined;
  }
};

const families = { 4: 'ipv4Unicast', 6: 'ipv6Unicast' } as const;

export class World {
  readonly #neighbours: readonly Neighbour[];
  readonly #patience: number;
  /** Since when some IP version has had a way. */
  #since: number | undefined;
  #stands = false;

  /** @param patience milliseconds that a way of one IP version alone waits for the other */
  constructor(neighbours: readonly Neighbour[], patience: number) {
    this.#neighbours = neighbours;
    this.#patience = patience;
  }

  /**
   * After each look.
   *
   * @param summary undefined when bgpd does not answer
   * @param now milliseconds of a clock that never goes back
   */
  judge(summary: Summary | undefined, now: number): Verdict {
    if (summary === undefined) return this.#none('bgpd does not answer');
    const ways = this.#neighbours.filter(({ address, family, tells }) => {
      const peer = summary[families[family]]?.peers?.[address];
      return peer?.state === 'Established' && (!tells || (peer.pfxRcd ?? 0) > 0);
    });
    const spoken = [...new Set(this.#neighbours.map(({ family }) => family))];
    const found = spoken.map((family) => ({
      family,
      names: [...new Set(ways.filter((way) => way.family === family).map(({ name }) => name))],
    }));
    const because = found
      .map(({ family, names }) => `IPv${family} by ${names.length === 0 ? 'nobody' : names.join(' ')}`)
      .join(', ');
    if (ways.length === 0) return this.#none(because);
    this.#since ??= now;
    const whole = found.every(({ names }) => names.length > 0);
    this.#stands ||= whole || now - this.#since >= this.#patience;
    return { stands: this.#stands, because };
  }

  #none(because: string): Verdict {
    this.#since = undefined;
    this.#stands = false;
    return { stands: false, because };
  }
}
