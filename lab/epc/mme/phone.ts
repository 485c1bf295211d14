/** What an MME knows of a phone: the EMM context, the connection to the Internet, and where the phone is. */
import type { Subscription } from '../../../src/signalling/diameter/index.ts';
import type { BearerQosValue, Fteid, Rates } from '../../../src/signalling/gtpv2/index.ts';
import type { Guti, Tai } from '../../../src/signalling/guti.ts';
import type { UeNetworkCapability } from '../../../src/signalling/nas/capability.ts';
import type { ProtocolConfiguration } from '../../../src/signalling/nas/pco.ts';
import type { NasSecurityContext } from '../../../src/signalling/nas/security.ts';
import { type Learnt, tunnelStatus } from '../learnt.ts';
import type { Connection } from './connection.ts';

/** A connection to the Internet: a session at the gateways with its default bearer. */
export interface Pdn {
  readonly ebi: number;
  readonly apn: string;
  readonly address: string;
  readonly qos: BearerQosValue;
  /** Kilobits per second. */
  readonly ambr: Rates;
  readonly pco: ProtocolConfiguration | undefined;
  /** Own TEID on S11. */
  readonly teid: number;
  readonly sgw: Learnt;
  /** The SGW's end of the S1-U tunnel. */
  readonly sgwUser: Fteid;
  /** The eNodeB's end; undefined while the phone is idle. */
  enodeb: Fteid | undefined;
  /** While the SGW is being told the eNodeB's end: settles with its answer. */
  connecting?: Promise<void> | undefined;
}

export type EmmState = 'deregistered' | 'registering' | 'registered';

export class Phone {
  readonly imsi: string;
  state: EmmState = 'deregistered';
  guti: Guti | undefined;
  security: NasSecurityContext | undefined;
  /** The last link of the chain of keys for handover, and its number modulo 8 (TS 33.401, 7.2.8). */
  nextHop: { readonly chainingCount: number; readonly key: Uint8Array } | undefined;
  capability: UeNetworkCapability | undefined;
  subscription: Subscription | undefined;
  pdn: Pdn | undefined;
  /** The tracking areas that it may move in without a word, and is called in. */
  areas: readonly Tai[] = [];
  /** Ends the calling of an idle phone. */
  paging: (() => void) | undefined;
  #connection: Connection | undefined;
  /** Where it was last. */
  tai: Tai | undefined;
  cell: number | undefined;
  /** What the radio of the phone can do, as the eNodeB told. */
  radioCapability: Uint8Array | undefined;

  constructor(imsi: string) {
    this.imsi = imsi;
  }

  /** Undefined while the phone is idle. One that is connected is called no longer. */
  get connection(): Connection | undefined {
    return this.#connection;
  }
  set connection(connection: Connection | undefined) {
    this.#connection = connection;
    if (connection === undefined) return;
    this.paging?.();
    this.paging = undefined;
  }

  status(): Readonly<Record<string, unknown>> {
    const { guti, pdn, connection, security, tai } = this;
    return {
      imsi: this.imsi,
      state: this.state,
      connected: connection !== undefined,
      paging: this.paging !== undefined,
      guti: guti && { group: guti.mmeGroup, code: guti.mmeCode, mTmsi: guti.mTmsi },
      tac: (connection?.place.tai ?? tai)?.tac,
      cell: connection?.place.cell ?? this.cell,
      enodeb: connection?.enodeb.name,
      s1: connection && { mmeUeId: connection.mmeId, enbUeId: connection.enbId },
      security: security && { keySet: security.keySet, eea: security.eea, eia: security.eia },
      pdn: pdn && {
        apn: pdn.apn,
        address: pdn.address,
        bearer: pdn.ebi,
        qci: pdn.qos.qci,
        s11: tunnelStatus(pdn.teid, pdn.sgw),
        s1u: {
          sgw: { teid: pdn.sgwUser.teid, address: pdn.sgwUser.ipv4 },
          enodeb: pdn.enodeb && { teid: pdn.enodeb.teid, address: pdn.enodeb.ipv4 },
        },
      },
    };
  }
}
