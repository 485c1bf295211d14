/**
 * How a phone tells its eNodeB that it hears another cell better, and how it goes there when it is ordered to (3GPP TS
 * 36.331, 5.5.5 and 5.3.5.4; TS 36.321, 5.1). What it hears is said by a person: there is no radio to measure.
 */
import type { Clock } from '../clock.ts';
import type { RandomAccess } from '../radio.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';

/** A cell that a phone may hear. */
export interface Cell {
  /** Link-local address of its eNodeB. */
  readonly enodeb: string;
  /** What people call it. */
  readonly name?: string | undefined;
  /** Physical cell identity; without one the phone cannot be handed over to the cell. */
  readonly pci?: number | undefined;
}

/** Of event A3: the neighbour has become offset better than the serving cell (5.5.4.4). */
const A3 = 1;
/** -100 dBm and -90 dBm; RSRP is told from -141 dBm on (TS 36.133, 9.1.4), RSRQ from -19.5 dB in half decibels (9.1.7). */
const SERVING = { rsrpResult: 41, rsrqResult: 20 } as const;
const BETTER = { rsrpResult: 51, rsrqResult: 20 } as const;

/** The report that a cell is better than the serving one. */
export const measurementReport = (physCellId: number): RrcMessage<'UL-DCCH'> => ({
  measurementReport: {
    criticalExtensions: {
      measResults: {
        measId: A3,
        measResultPCell: SERVING,
        measResultNeighCells: { measResultListEUTRA: [{ physCellId, measResult: BETTER }] },
      },
    },
  },
});

type Order = NonNullable<RrcMessage<'DL-DCCH'>['rrcConnectionReconfiguration']>;

/** Milliseconds of T304, as the order names them: `ms1000`. */
export const t304Of = (order: Order): number =>
  Number(order.criticalExtensions.mobilityControlInfo?.t304.slice(2) ?? '0');

/** Milliseconds from one attempt at random access to the next; a preamble is repeated within tens of them. */
const REPEAT = 40;

/**
 * Shows the cell the C-RNTI until it grants access, or T304 has passed; the returned function ends it.
 *
 * @param failed called when T304 has passed
 */
export const randomAccess = (
  clock: Clock,
  crnti: number,
  t304: number,
  transmit: (air: RandomAccess) => void,
  failed: () => void,
): (() => void) => {
  const end = clock.now() + t304;
  let cancel = (): void => undefined;
  const attempt = (): void => {
    const left = end - clock.now();
    if (left <= 0) {
      failed();
      return;
    }
    transmit({ channel: 'MAC', uplink: true, crnti });
    cancel = clock.after(Math.min(REPEAT, left), attempt);
  };
  attempt();
  return () => cancel();
};
