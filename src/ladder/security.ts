/**
 * Which phone a NAS message is of, and whether it is ciphered. A phone is known by its end of the radio link, or by the
 * numbers of its S1 connection; the NAS message that crosses the eNodeB unchanged joins the two. A SECURITY MODE COMMAND
 * holds for the phone until the next one, over as many connections as it makes.
 */
import type { Direction } from '../signalling/nas/message.ts';
import { ordersCiphering, sayNas } from './names/nas.ts';
import type { SaidNas } from './names/said.ts';

const contentOf = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

export class Ciphering {
  /** What is known before anything is seen: the ciphering algorithm of a phone's node. */
  readonly #told: (phone: string) => number | undefined;
  readonly #algorithms = new Map<string, number>();
  /** The phone of an S1 connection, by either of its numbers. */
  readonly #phones = new Map<string, string>();
  /** The phone that sent or got the octets last; a message crosses an eNodeB at once. */
  readonly #carried = new Map<string, string>();
  /** Octets that an S1 connection sent towards a phone that was not known yet. */
  readonly #waiting = new Map<string, readonly string[]>();

  constructor(told: (phone: string) => number | undefined) {
    this.#told = told;
  }

  /** A NAS message on the radio link of a phone. */
  onRadio(octets: Uint8Array, direction: Direction, phone: string): readonly SaidNas[] {
    const content = contentOf(octets);
    this.#carried.set(content, phone);
    for (const connection of this.#waiting.get(content) ?? []) this.#phones.set(connection, phone);
    return this.#say(octets, direction, phone);
  }

  /** A NAS message on an S1 connection, which has one or two names. */
  onS1(octets: Uint8Array, direction: Direction, connections: readonly string[]): readonly SaidNas[] {
    const content = contentOf(octets);
    const known = connections.map((name) => this.#phones.get(name)).find((name) => name !== undefined);
    const phone = known ?? (direction === 'uplink' ? this.#carried.get(content) : undefined) ?? connections[0] ?? '';
    for (const name of connections) this.#phones.set(name, phone);
    if (known === undefined && direction === 'downlink') this.#waiting.set(content, connections);
    return this.#say(octets, direction, phone);
  }

  /** The phone of a connection: its node, or the connection's own name where the radio link was not seen. */
  phoneOf(connections: readonly string[]): string | undefined {
    return connections.map((name) => this.#phones.get(name)).find((name) => name !== undefined);
  }

  /** Both names are of one connection. */
  join(connections: readonly string[]): void {
    const phone = this.phoneOf(connections);
    if (phone !== undefined) for (const name of connections) this.#phones.set(name, phone);
  }

  #say(octets: Uint8Array, direction: Direction, phone: string): readonly SaidNas[] {
    const ordered = direction === 'downlink' ? ordersCiphering(octets) : undefined;
    if (ordered !== undefined) this.#algorithms.set(phone, ordered);
    return sayNas(octets, direction, this.#algorithms.get(phone) ?? this.#told(phone));
  }
}
