/**
 * The network's side of NAS, one message at a time: a test says what the MME sends next, and reads what a phone sent. It
 * has the HSS's keys, too, so that everything is as on the air.
 */
import type { SubscriberKeys } from '../../src/signalling/aka/milenage.ts';
import { generateVector, resynchronise, type AuthenticationVector } from '../../src/signalling/aka/vector.ts';
import type { Guti } from '../../src/signalling/guti.ts';
import type { Plmn } from '../../src/signalling/identity.ts';
import { capabilityOf, securityCapabilityOf, type UeNetworkCapability } from '../../src/signalling/nas/capability.ts';
import { decodePlain, encodeNas, type PlainMessage } from '../../src/signalling/nas/message.ts';
import { configurationFor, requestedConfiguration } from '../../src/signalling/nas/pco.ts';
import { isProtected, NasSecurityContext } from '../../src/signalling/nas/security.ts';

export const plmn: Plmn = { mcc: '460', mnc: '00' };
export const imsi = '460001234567890';
/** MILENAGE test set 1 (TS 35.208, 4.3.1). */
export const keys: SubscriberKeys = {
  k: Uint8Array.from(Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex')),
  opc: Uint8Array.from(Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex')),
};
export const guti: Guti = { plmn, mmeGroup: 0x8001, mmeCode: 2, mTmsi: 0xc0ff_ee01 };

/** What the network says of a bearer. */
export interface Offer {
  readonly address?: string;
  readonly dns?: readonly string[];
  readonly guti?: Guti | undefined;
}

export class ScriptedMme {
  readonly keys: SubscriberKeys;
  context: NasSecurityContext | undefined;
  vector: AuthenticationVector | undefined;
  capability: UeNetworkCapability = capabilityOf([0, 1, 2], [1, 2]);
  /** SEQ 1, IND 1. */
  sqn = 33;
  keySet = 0;
  /** The NAS COUNT of the last protected message. */
  count = 0;
  #challenges = 0;

  constructor(own: SubscriberKeys = keys) {
    this.keys = own;
  }

  /** What the phone said; a protected message has to be right. */
  read(octets: Uint8Array): PlainMessage {
    if (!isProtected(octets)) return decodePlain(octets, 'uplink');
    if (this.context === undefined) throw new Error('a protected message, but the MME has no keys');
    const { message, count } = this.context.open(octets);
    this.count = count;
    return decodePlain(message, 'uplink');
  }

  /** A message, protected when there are keys. */
  say(message: PlainMessage): Uint8Array {
    const plain = encodeNas(message);
    return this.context?.protect(plain) ?? plain;
  }

  /** AUTHENTICATION REQUEST with a new vector. */
  challenge(): Uint8Array {
    this.#challenges += 1;
    this.sqn += 33;
    const rand = new Uint8Array(16).fill(this.#challenges);
    this.vector = generateVector(this.keys, { rand, sqn: this.sqn, servingNetwork: plmn });
    const { autn } = this.vector;
    return encodeNas({ kind: 'authentication-request', keySet: this.keySet, rand, autn });
  }

  /** Follows the SIM card's number. */
  resynchronise(auts: Uint8Array): boolean {
    const sqn = this.vector && resynchronise(this.keys, this.vector.rand, auts);
    if (sqn === undefined) return false;
    this.sqn = sqn;
    return true;
  }

  /** SECURITY MODE COMMAND that puts the keys of the last vector into use. */
  command(eea: 0 | 1 | 2 = 0, eia: 1 | 2 = 2): Uint8Array {
    if (this.vector === undefined) throw new Error('the phone was not challenged');
    const { kasme } = this.vector;
    this.context = new NasSecurityContext({ side: 'mme', keySet: this.keySet, kasme, eea, eia });
    const message = encodeNas({
      kind: 'security-mode-command',
      algorithms: { eea, eia },
      keySet: this.keySet,
      capability: securityCapabilityOf(this.capability),
    });
    return this.context.protect(message, 'integrityNewContext');
  }

  accept({ address = '10.45.0.2', dns = ['10.45.0.1'], guti: named = guti }: Offer = {}): Uint8Array {
    return this.say({
      kind: 'attach-accept',
      attachResult: 1,
      t3412: { seconds: 3240 },
      taiList: [{ type: 0, tais: [{ plmn, tac: 1 }] }],
      guti: named,
      esm: encodeNas({
        kind: 'activate-default-bearer-request',
        ebi: 5,
        pti: 1,
        qos: { qci: 9, rates: new Uint8Array() },
        apn: 'cmnet.mnc000.mcc460.gprs',
        address: { ipv4: address },
        ambr: { downlink: 100_000, uplink: 50_000 },
        pco: configurationFor(requestedConfiguration(), { dnsServers: dns }),
      }),
    });
  }
}
