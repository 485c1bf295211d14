/**
 * The phone's side of the radio connection (3GPP TS 36.331): idle until NAS has something to say, then a connection with
 * one of the cells it knows, tried in their order. What the eNodeB orders is done and confirmed; NAS messages pass
 * through in both directions.
 */
import type { Clock } from '../clock.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';
import type { OnAir, RandomAccess } from '../radio.ts';
import type { Guti } from '../../../src/signalling/guti.ts';
import { type Cell, measurementReport, randomAccess, t304Of } from './mobility.ts';

/** T300 (7.3.1; it may be 100 to 2000 ms): how long the phone waits for the set-up of a connection. */
export const T300 = 1000;
/** Requests to one cell that are not answered, and answers that it shall wait, before the phone takes the next. */
const REQUESTS = 3;
const REJECTS = 10;

export type EstablishmentCause = 'mt-Access' | 'mo-Signalling' | 'mo-Data';

/** The message that a connection is made for. */
export interface InitialMessage {
  readonly nas: Uint8Array;
  readonly cause: EstablishmentCause;
  /** Who the phone is, when a network has named it. */
  readonly guti?: Guti | undefined;
}

/** What RRC tells NAS. */
export interface Upper {
  /** A NAS message came. */
  readonly deliver: (nas: Uint8Array) => void;
  /** No cell answered, or none would have the phone. */
  readonly failed: (reason: string) => void;
  /** The network has ended the connection. */
  readonly released: () => void;
  /** Data radio bearers are set up: user packets can pass. */
  readonly bearersSetUp: (ebis: readonly number[]) => void;
  /** Somebody is called; `mTmsi` and `mmec` say who. */
  readonly paged: (mmec: number, mTmsi: number) => void;
  /** The connection is with another cell now, so many milliseconds after the order. */
  readonly moved: (cell: string, milliseconds: number) => void;
  /** The connection is lost: the phone did not get into the cell that it was ordered to. */
  readonly lost: () => void;
}

export interface RrcOptions {
  readonly clock: Clock;
  /** A random number of 40 bits: the name of a phone that has none. */
  readonly random: () => number;
  /** The best first. */
  readonly cells: readonly Cell[];
  readonly transmit: (cell: string, air: OnAir<'UL-CCCH' | 'UL-DCCH'> | RandomAccess) => void;
  readonly upper: Upper;
}

type Connection =
  | { readonly state: 'idle' }
  | {
      readonly state: 'connecting';
      readonly initial: InitialMessage;
      readonly cell: number;
      readonly requests: number;
      readonly rejects: number;
      readonly cancel: () => void;
    }
  | { readonly state: 'connected'; readonly cell: string }
  /** Ordered to another cell, and not let in yet; what NAS has to say meanwhile waits. */
  | {
      readonly state: 'moving';
      readonly cell: string;
      readonly crnti: number;
      readonly since: number;
      readonly waiting: Uint8Array[];
      readonly transaction: ReturnType<typeof transactionOf>;
      readonly cancel: () => void;
    };

const idle: Connection = { state: 'idle' };

export class Rrc {
  readonly #options: RrcOptions;
  /** Link-local addresses of cells, the best first. */
  #cells: readonly string[];
  #connection: Connection = idle;

  constructor(options: RrcOptions) {
    this.#options = options;
    this.#cells = options.cells.map(({ enodeb }) => enodeb);
  }

  get state(): Connection['state'] {
    return this.#connection.state;
  }
  /** The eNodeB of the connection. */
  get cell(): string | undefined {
    return this.#connection.state === 'connected' ? this.#connection.cell : undefined;
  }

  /**
   * A cell is the best from now on: a phone without a connection camps on it, another tells its eNodeB, which decides.
   *
   * @returns whether the eNodeB was told
   */
  hear({ enodeb, pci }: Cell): boolean {
    if (this.#connection.state !== 'connected' || pci === undefined) {
      this.#camp(enodeb);
      return false;
    }
    this.#transmit(this.#connection.cell, { channel: 'UL-DCCH', message: measurementReport(pci) });
    return true;
  }

  /** Sends a NAS message; without a connection it makes one, for which `initial` is needed. */
  send(initial: InitialMessage): void {
    if (this.#connection.state === 'connected') this.#transfer(this.#connection.cell, initial.nas);
    else if (this.#connection.state === 'moving') this.#connection.waiting.push(initial.nas);
    else {
      this.release();
      this.#request(initial, 0);
    }
  }

  /** Gives the connection up without telling anybody. */
  release(): void {
    if (this.#connection.state === 'connecting' || this.#connection.state === 'moving') this.#connection.cancel();
    this.#connection = idle;
  }

  receive(from: string, air: OnAir | RandomAccess): void {
    if (air.channel === 'MAC') this.#granted(from, air.crnti);
    else if (air.channel === 'PCCH') {
      for (const record of air.message.paging?.pagingRecordList ?? []) {
        const sTmsi = record['ue-Identity']['s-TMSI'];
        if (sTmsi !== undefined) this.#options.upper.paged(sTmsi.mmec, sTmsi['m-TMSI']);
      }
    } else if (air.channel === 'DL-CCCH') this.#common(from, air.message);
    else if (air.channel === 'DL-DCCH' && from === this.cell) this.#dedicated(from, air.message);
  }

  #transmit(cell: string, air: OnAir<'UL-CCCH' | 'UL-DCCH'> | RandomAccess): void {
    this.#options.transmit(cell, air);
  }

  #transfer(cell: string, nas: Uint8Array): void {
    this.#transmit(cell, {
      channel: 'UL-DCCH',
      message: { ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } } },
    });
  }

  #camp(cell: string): void {
    this.#cells = [cell, ...this.#cells.filter((other) => other !== cell)];
  }

  /** @param rejects how often the cell has answered that the phone shall wait */
  #request(initial: InitialMessage, cell: number, requests = 0, rejects = 0): void {
    const address = this.#cells[cell];
    if (address === undefined) {
      this.#connection = idle;
      this.#options.upper.failed(rejects === 0 ? 'no cell answers' : 'the cell has no connection with the network');
      return;
    }
    const again = (): void =>
      requests + 1 < REQUESTS
        ? this.#request(initial, cell, requests + 1, rejects)
        : this.#request(initial, cell + 1, 0, rejects);
    const cancel = this.#options.clock.after(T300, again);
    this.#connection = { state: 'connecting', initial, cell, requests, rejects, cancel };
    const { guti, cause } = initial;
    const identity =
      guti === undefined
        ? { randomValue: this.#options.random() }
        : { 's-TMSI': { mmec: guti.mmeCode, 'm-TMSI': guti.mTmsi } };
    this.#transmit(address, {
      channel: 'UL-CCCH',
      message: {
        rrcConnectionRequest: {
          criticalExtensions: { 'ue-Identity': identity, establishmentCause: cause, spare: 0 },
        },
      },
    });
  }

  #common(from: string, { rrcConnectionSetup: setup, rrcConnectionReject: reject }: RrcMessage<'DL-CCCH'>): void {
    const connection = this.#connection;
    if (connection.state !== 'connecting' || this.#cells[connection.cell] !== from) return;
    connection.cancel();
    const { initial, cell } = connection;
    if (reject !== undefined) {
      const wait = reject.criticalExtensions.waitTime * 1000;
      const rejects = connection.rejects + 1;
      const cancel = this.#options.clock.after(wait, () =>
        this.#request(initial, rejects % REJECTS === 0 ? cell + 1 : cell, 0, rejects),
      );
      this.#connection = { ...connection, cancel };
      return;
    }
    if (setup === undefined) return;
    this.#connection = { state: 'connected', cell: from };
    const { guti, nas } = initial;
    this.#transmit(from, {
      channel: 'UL-DCCH',
      message: {
        rrcConnectionSetupComplete: {
          'rrc-TransactionIdentifier': setup['rrc-TransactionIdentifier'],
          criticalExtensions: {
            'selectedPLMN-Identity': 1,
            ...(guti === undefined ? {} : { registeredMME: { mmegi: guti.mmeGroup, mmec: guti.mmeCode } }),
            dedicatedInfoNAS: nas,
          },
        },
      },
    });
  }

  #dedicated(from: string, message: RrcMessage<'DL-DCCH'>): void {
    const { upper } = this.#options;
    const reply = (answer: RrcMessage<'UL-DCCH'>): void =>
      this.#transmit(from, { channel: 'UL-DCCH', message: answer });
    if (message.dlInformationTransfer !== undefined) {
      const { dedicatedInfoNAS } = message.dlInformationTransfer.criticalExtensions.dedicatedInfoType;
      if (dedicatedInfoNAS !== undefined) upper.deliver(dedicatedInfoNAS);
    } else if (message.ueCapabilityEnquiry !== undefined) {
      reply({ ueCapabilityInformation: { ...transactionOf(message.ueCapabilityEnquiry), criticalExtensions: none } });
    } else if (message.securityModeCommand !== undefined) {
      reply({ securityModeComplete: { ...transactionOf(message.securityModeCommand), criticalExtensions: {} } });
    } else if (message.rrcConnectionReconfiguration !== undefined) {
      const order = message.rrcConnectionReconfiguration;
      if (order.criticalExtensions.mobilityControlInfo !== undefined) {
        this.#move(order, order.criticalExtensions.mobilityControlInfo);
        return;
      }
      reply({ rrcConnectionReconfigurationComplete: { ...transactionOf(order), criticalExtensions: {} } });
      const { dedicatedInfoNASList, radioResourceConfigDedicated } = order.criticalExtensions;
      const added = radioResourceConfigDedicated?.['drb-ToAddModList'] ?? [];
      if (added.length > 0) upper.bearersSetUp(added.flatMap((drb) => drb['eps-BearerIdentity'] ?? []));
      for (const nas of dedicatedInfoNASList ?? []) upper.deliver(nas);
    } else if (message.rrcConnectionRelease !== undefined) {
      this.#connection = idle;
      upper.released();
    }
  }

  /** The order to go to another cell (5.3.5.4). The old one is left at once. */
  #move(order: Reconfiguration, { targetPhysCellId, 'newUE-Identity': crnti }: MobilityControl): void {
    const { cells, clock } = this.#options;
    const target = cells.find(({ pci }) => pci === targetPhysCellId);
    if (target === undefined) {
      this.#fail();
      return;
    }
    const cell = target.enodeb;
    const cancel = randomAccess(
      clock,
      crnti,
      t304Of(order),
      (air) => this.#transmit(cell, air),
      () => this.#fail(),
    );
    const moving = { cell, crnti, since: clock.now(), waiting: [], transaction: transactionOf(order), cancel };
    this.#connection = { state: 'moving', ...moving };
  }

  /** The cell lets the phone in: the order is done, and confirmed there. */
  #granted(from: string, crnti: number): void {
    const connection = this.#connection;
    if (connection.state !== 'moving' || connection.cell !== from || connection.crnti !== crnti) return;
    connection.cancel();
    this.#connection = { state: 'connected', cell: from };
    this.#camp(from);
    this.#transmit(from, {
      channel: 'UL-DCCH',
      message: { rrcConnectionReconfigurationComplete: { ...connection.transaction, criticalExtensions: {} } },
    });
    this.#options.upper.moved(from, this.#options.clock.now() - connection.since);
    for (const nas of connection.waiting) this.#transfer(from, nas);
  }

  /** T304 has passed, or the cell is not known (5.3.5.6). A phone of the lab re-establishes nothing: it begins anew. */
  #fail(): void {
    this.#connection = idle;
    this.#options.upper.lost();
  }
}

type Reconfiguration = NonNullable<RrcMessage<'DL-DCCH'>['rrcConnectionReconfiguration']>;
type MobilityControl = NonNullable<Reconfiguration['criticalExtensions']['mobilityControlInfo']>;

/** The transaction identifier of a command, for its answer. */
const transactionOf = (command: {
  readonly 'rrc-TransactionIdentifier': number;
}): { readonly 'rrc-TransactionIdentifier': number } => ({
  'rrc-TransactionIdentifier': command['rrc-TransactionIdentifier'],
});

/** There is no radio whose capabilities could be told. */
const none = { 'ue-CapabilityRAT-ContainerList': [] } as const;
