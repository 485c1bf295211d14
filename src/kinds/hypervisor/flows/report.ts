/**
 * Reports of what the guards do, for the flow log: an action in the flows that let packets through or hold them back, by
 * which Open vSwitch tells a collector of every packet (ovs-actions(7), sample). The number of the observation point says at
 * whose port, in which direction, and what the packet was to the guard.
 */
import type { TenantPort } from '../overlay.ts';

/** What a packet is to a guard; the words are those of lab/flow-log. */
export const sightings = ['begins', 'stands', 'closes', 'rejected'] as const;
export type SightingKind = (typeof sightings)[number];
export type Passing = 'sent' | 'received';

/** The set of collectors that the log of a hypervisor registers itself as. */
const COLLECTORS = 1;
const directions = ['sent', 'received'] as const;

export const pointOf = (port: TenantPort, packets: Passing, sighting: SightingKind): number =>
  (port.number * directions.length + directions.indexOf(packets)) * sightings.length + sightings.indexOf(sighting);

/** Whether a port's connections are logged. */
export const isLogged = ({ network }: TenantPort): boolean => network.flowLog === true;

/** The action, or nothing at a port that is not logged. 65535 is all of them. */
export const report = (port: TenantPort, packets: Passing, sighting: SightingKind): string[] =>
  isLogged(port)
    ? [`sample(probability=65535,collector_set_id=${COLLECTORS},obs_point_id=${pointOf(port, packets, sighting)})`]
    : [];

/** Every point of a port. */
export const pointsOf = (port: TenantPort) =>
  directions.flatMap((packets) =>
    sightings.map((sighting) => ({ point: pointOf(port, packets, sighting), packets, sighting })),
  );
