/** What the flow log is told: where its records go, and what each observation point of the switch is. */
import { type Field, integer, list, member, optional, readFields, text } from '../fields.ts';

/** What a packet was to the guard that reported it. */
export const sightings = ['begins', 'stands', 'closes', 'rejected'] as const;
export type SightingKind = (typeof sightings)[number];

/** One place in the flows of the switch that reports packets. */
export interface Point {
  readonly point: number;
  /** The hypervisor's interface towards the machine. */
  readonly port: string;
  readonly machine: string;
  readonly network: string;
  readonly tenant: string | undefined;
  /** Whether the packets were the machine's own, or for it. */
  readonly packets: 'sent' | 'received';
  readonly sighting: SightingKind;
}

export interface Config {
  readonly hypervisor: string;
  readonly bridge: string;
  /** The file of records. */
  readonly log: string;
  readonly ready: string | undefined;
  readonly points: readonly Point[];
}

const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (field: Field): Word => {
    const found = words.find((word) => word === field.value);
    if (found === undefined)
      throw new Error(`config: ${field.at}: expected one of ${words.join(', ')}, found ${JSON.stringify(field.value)}`);
    return found;
  };

const readPoint = (field: Field): Point => ({
  point: integer(1, 2 ** 32 - 1)(member(field, 'point')),
  port: text(member(field, 'port')),
  machine: text(member(field, 'machine')),
  network: text(member(field, 'network')),
  tenant: optional(member(field, 'tenant'), text),
  packets: oneOf(['sent', 'received'] as const)(member(field, 'packets')),
  sighting: oneOf(sightings)(member(field, 'sighting')),
});

/** @throws {Error} that names the first mistake */
export const readConfig = (file: string): Config => {
  const config = readFields(file);
  return {
    hypervisor: text(member(config, 'hypervisor')),
    bridge: text(member(config, 'bridge')),
    log: text(member(config, 'log')),
    ready: optional(member(config, 'ready'), text),
    points: list(member(config, 'points'), readPoint),
  };
};
