/** What all procedures of the MME share: its configuration, its peers, and the phones it knows. */
import type { Clock } from '../clock.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/index.ts';
import type { RequestDraft } from '../diameter/peer-options.ts';
import { ie, type Message, messageType, recovery } from '../../../src/signalling/gtpv2/index.ts';
import type { Draft } from '../gtpv2/transaction.ts';
import type { Guti } from '../../../src/signalling/guti.ts';
import { readBigEndian } from '../../../src/signalling/octets.ts';
import { Numbers, teids } from '../numbers.ts';
import type { MmeConfig } from './config.ts';
import type { Enodeb } from './enodeb.ts';
import { type Pdn, Phone } from './phone.ts';

export interface MmePorts {
  readonly clock: Clock;
  readonly restarts: number;
  /** Octets that nobody can foresee. */
  readonly random: (length: number) => Uint8Array;
  readonly log: (line: string) => void;
  readonly warn: (error: unknown) => void;
  /** Sends a GTPv2 request to the SGW. @throws {Gtpv2Timeout} when it does not answer */
  readonly askSgw: (draft: Draft) => Promise<Message>;
  /** Sends a message to the SGW that wants no answer. */
  readonly tellSgw: (draft: Draft) => void;
  /** Sends a Diameter request to the HSS. @throws {DiameterPeerError} when it does not answer */
  readonly askHss: (draft: RequestDraft) => Promise<DiameterMessage>;
}

const gutiKey = ({ mmeGroup, mmeCode, mTmsi }: Guti): string => `${mmeGroup} ${mmeCode} ${mTmsi}`;

export class Core {
  readonly config: MmeConfig;
  readonly ports: MmePorts;
  /** Numbers of connections, and TEIDs on S11. */
  readonly connectionIds = new Numbers(1, 0xffff_ffff);
  /** Those that are connected. */
  readonly enodebs = new Set<Enodeb>();
  readonly #teids: Numbers;
  readonly #phones = new Map<string, Phone>();
  readonly #byGuti = new Map<string, Phone>();
  readonly #byTeid = new Map<number, Phone>();

  constructor(config: MmeConfig, ports: MmePorts) {
    this.config = config;
    this.ports = ports;
    this.#teids = teids(ports.restarts, 7);
  }

  /** How many identifiers of connections and TEIDs are in use. */
  get numbers(): Readonly<Record<'connections' | 'teids', number>> {
    return { connections: this.connectionIds.given, teids: this.#teids.given };
  }

  get phones(): readonly Phone[] {
    return [...this.#phones.values()];
  }

  /** The phone of an IMSI, which is new when nobody has heard of it. */
  phone(imsi: string): Phone {
    const known = this.#phones.get(imsi);
    if (known !== undefined) return known;
    const phone = new Phone(imsi);
    this.#phones.set(imsi, phone);
    return phone;
  }

  /** Forgets a phone that never attached: anybody can claim any IMSI. */
  forget(phone: Phone): void {
    if (phone.guti === undefined && phone.pdn === undefined) this.#phones.delete(phone.imsi);
  }

  byImsi(imsi: string): Phone | undefined {
    return this.#phones.get(imsi);
  }

  byGuti(guti: Guti): Phone | undefined {
    return this.#byGuti.get(gutiKey(guti));
  }

  /** The phone that an S-TMSI names. */
  bySTmsi(mmeCode: number, mTmsi: number): Phone | undefined {
    return this.#byGuti.get(gutiKey({ plmn: this.config.plmn, mmeGroup: this.config.group, mmeCode, mTmsi }));
  }

  byTeid(teid: number | undefined): Phone | undefined {
    return this.#byTeid.get(teid ?? 0);
  }

  /** Gives a phone a new temporary identity; the one before is forgotten. */
  newGuti(phone: Phone): Guti {
    const { plmn, group, code } = this.config;
    let guti: Guti;
    do guti = { plmn, mmeGroup: group, mmeCode: code, mTmsi: readBigEndian(this.ports.random(4)) };
    while (this.#byGuti.has(gutiKey(guti)));
    if (phone.guti !== undefined) this.#byGuti.delete(gutiKey(phone.guti));
    phone.guti = guti;
    this.#byGuti.set(gutiKey(guti), phone);
    return guti;
  }

  /** A TEID on S11 for a phone's session. */
  takeTeid(phone: Phone): number {
    const teid = this.#teids.take();
    this.#byTeid.set(teid, phone);
    return teid;
  }

  releaseTeid(teid: number): void {
    this.#byTeid.delete(teid);
    this.#teids.release(teid);
  }

  /** The gateways have ended a phone's session. */
  dropPdn(phone: Phone): Pdn | undefined {
    const { pdn } = phone;
    phone.pdn = undefined;
    if (pdn !== undefined) this.releaseTeid(pdn.teid);
    return pdn;
  }

  /** Our restart counter, for requests that begin something (TS 29.274, 7.2.1). */
  get recovery(): Message['ies'][number] {
    return ie(recovery, this.ports.restarts % 256);
  }

  /** A request about a phone's session. */
  askAbout(pdn: Pdn, type: keyof typeof messageType, ies: Message['ies']): Promise<Message> {
    return this.ports.askSgw({ type: messageType[type], teid: pdn.sgw.teid, ies });
  }
}
