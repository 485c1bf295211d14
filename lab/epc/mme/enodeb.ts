/** An eNodeB as the MME sees it: an association over which S1 has been set up. */
import type { Tai } from '../../../src/signalling/guti.ts';
import type { S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Connection } from './connection.ts';

export class Enodeb {
  /** Its IP address. */
  readonly address: string;
  /** Sends a message; `stream` 0 is for messages that belong to no phone (TS 36.412, 7). */
  readonly send: (pdu: S1apPdu, stream: 0 | 1) => void;
  /** What it calls itself; its address before S1 Setup. */
  name: string;
  /** Macro eNodeB identity; undefined before S1 Setup. */
  id: number | undefined;
  tais: readonly Tai[] = [];
  /** Phones by the number that the MME gave them. */
  readonly connections = new Map<number, Connection>();
  /** Called when the eNodeB has acknowledged a Reset. */
  resetDone: () => void = () => undefined;

  constructor(address: string, send: (pdu: S1apPdu, stream: 0 | 1) => void) {
    this.address = address;
    this.name = address;
    this.send = send;
  }

  status(): Readonly<Record<string, unknown>> {
    const { address, name, id, tais, connections } = this;
    return { name, id, address, tacs: tais.map(({ tac }) => tac), connections: connections.size };
  }
}
