/** An eNodeB between phones and an MME that a test plays. */
import { Enodeb } from '../../lab/epc/enodeb/enodeb.ts';
import type { Order } from '../../lab/epc/enodeb/orders.ts';
import { encodePlmn } from '../../src/signalling/identity.ts';
import type { OnAir } from '../../lab/epc/radio.ts';
import { decodeRrc, encodeRrc, type RrcMessage } from '../../src/signalling/rrc/rrc.ts';
import {
  decodeS1ap,
  encodeS1ap,
  s1ap,
  type MessageName,
  type S1apMessage,
  type S1apPdu,
  transportLayerAddress,
} from '../../src/signalling/s1ap/s1ap.ts';
import { fakeClock, type FakeClock } from './fake-clock.ts';
import { plmn } from './scripted-mme.ts';

export const nas = Uint8Array.of(0x07, 0x60, 0x60);
export const phone = '169.254.1.11';
export const MME_ID = 70_000;
export const transaction = { 'rrc-TransactionIdentifier': 0 } as const;
export const done = { ...transaction, criticalExtensions: {} } as const;

export interface Bench {
  readonly enodeb: Enodeb;
  readonly clock: FakeClock;
  /** The next message to the MME, read as the MME reads it; fails when it is another. */
  readonly toMme: <N extends MessageName>(name: N) => S1apMessage<N>;
  readonly mme: S1apPdu[];
  /** The names of what was said to phones since the last question. */
  readonly orders: () => string[];
  readonly sent: { readonly phone: string; readonly order: Order }[];
  readonly pages: OnAir<'PCCH'>[];
  readonly tunnels: Map<number, unknown>;
  /** Tunnels whose phones have left. */
  readonly muted: Set<number>;
  /** What every tunnel says that it has carried. */
  readonly carried: { up: number; down: number };
  /** Who was let in by random access. */
  readonly granted: { readonly phone: string; readonly crnti: number }[];
  readonly uplink: (message: RrcMessage<'UL-DCCH'>, from?: string) => void;
  /** The first message of a connection, and with it the one that completes its set-up. */
  readonly request: (from?: string) => void;
  readonly connect: (from?: string) => void;
}

export const makeBench = ({
  reachable = true,
  inactivity,
}: { reachable?: boolean; inactivity?: number } = {}): Bench => {
  const clock = fakeClock();
  const mme: S1apPdu[] = [];
  const sent: { phone: string; order: Order }[] = [];
  const pages: OnAir<'PCCH'>[] = [];
  const tunnels = new Map<number, unknown>();
  const muted = new Set<number>();
  const carried = { up: 5000, down: 4096 };
  const granted: { phone: string; crnti: number }[] = [];
  let handle = 0;
  const enodeb = new Enodeb({
    config: {
      name: 'enb1',
      id: 0xe001,
      cell: 1,
      pci: 4,
      tac: 7,
      inactivity,
      neighbours: [{ name: 'enb2', id: 0xe002, cell: 1, pci: 7, tac: 7, radio: '169.254.1.2' }],
      plmn,
      radio: { interface: 'radio', local: '169.254.1.1' },
      s1mme: { local: '10.1.0.1', mme: '10.1.0.2' },
      s1u: { local: '10.1.0.1' },
    },
    clock,
    firstTeid: 0x2000,
    // Through octets, so that whatever is said can be said.
    toMme: (pdu) => void mme.push(decodeS1ap(encodeS1ap(pdu))),
    toPhone: (phone, order) => {
      if (order.channel === 'MAC') {
        granted.push({ phone, crnti: order.crnti });
        return;
      }
      encodeRrc(order.channel, order.message);
      sent.push({ phone, order });
    },
    broadcast: (air) => void pages.push({ ...air, message: decodeRrc('PCCH', encodeRrc('PCCH', air.message)) }),
    userPlane: {
      install: (to, tunnel) => {
        if (!reachable) return undefined;
        handle += 1;
        tunnels.set(handle, { to, ...tunnel });
        return handle;
      },
      remove: (handle) => void tunnels.delete(handle),
      mute: (handle) => void muted.add(handle),
      carried: () => carried,
    },
    log: () => undefined,
  });
  const toMme = <N extends MessageName>(name: N): S1apMessage<N> => {
    const pdu = mme.shift();
    if (pdu?.name !== name) throw new Error(`the MME got ${pdu?.name ?? 'nothing'}, not ${name}`);
    return pdu as S1apPdu as S1apMessage<N>;
  };
  const uplink = (message: RrcMessage<'UL-DCCH'>, from = phone): void =>
    enodeb.fromPhone(from, { channel: 'UL-DCCH', message: decodeRrc('UL-DCCH', encodeRrc('UL-DCCH', message)) });
  const request = (from = phone): void =>
    enodeb.fromPhone(from, {
      channel: 'UL-CCCH',
      message: {
        rrcConnectionRequest: {
          criticalExtensions: {
            'ue-Identity': { 's-TMSI': { mmec: 2, 'm-TMSI': 0xc0ffee01 } },
            establishmentCause: 'mo-Data',
            spare: 0,
          },
        },
      },
    });
  const connect = (from = phone): void => {
    request(from);
    uplink(
      {
        rrcConnectionSetupComplete: {
          ...transaction,
          criticalExtensions: {
            'selectedPLMN-Identity': 1,
            registeredMME: { mmegi: 0x8001, mmec: 2 },
            dedicatedInfoNAS: nas,
          },
        },
      },
      from,
    );
  };
  const orders = (): string[] => sent.splice(0).map(({ order }) => Object.keys(order.message)[0] ?? '');
  return { enodeb, clock, toMme, mme, orders, sent, pages, tunnels, muted, granted, carried, uplink, request, connect };
};

/** A bench whose S1 interface is up. */
export const up = (options?: Parameters<typeof makeBench>[0]): Bench => {
  const bench = makeBench(options);
  bench.enodeb.associated();
  bench.toMme('S1SetupRequest');
  bench.enodeb.fromMme(
    s1ap('S1SetupResponse', {
      MMEname: 'mme',
      ServedGUMMEIs: [
        { servedPLMNs: [encodePlmn(plmn)], servedGroupIDs: [Uint8Array.of(128, 1)], servedMMECs: [Uint8Array.of(2)] },
      ],
      RelativeMMECapacity: 255,
    }),
  );
  return bench;
};

export const ids = (enbId: number) => ({ 'MME-UE-S1AP-ID': MME_ID, 'eNB-UE-S1AP-ID': enbId });

export const contextRequest = (enbId: number, integrity = 0x6000): S1apMessage<'InitialContextSetupRequest'> =>
  s1ap('InitialContextSetupRequest', {
    ...ids(enbId),
    uEaggregateMaximumBitrate: { uEaggregateMaximumBitRateDL: 1_000_000, uEaggregateMaximumBitRateUL: 1_000_000 },
    'E-RABToBeSetupListCtxtSUReq': [
      {
        'e-RAB-ID': 5,
        'e-RABlevelQoSParameters': {
          qCI: 9,
          allocationRetentionPriority: {
            priorityLevel: 8,
            'pre-emptionCapability': 'shall-not-trigger-pre-emption',
            'pre-emptionVulnerability': 'not-pre-emptable',
          },
        },
        transportLayerAddress: transportLayerAddress('10.1.0.9'),
        'gTP-TEID': Uint8Array.of(0, 0, 0x10, 1),
        'nAS-PDU': nas,
      },
    ],
    UESecurityCapabilities: { encryptionAlgorithms: 0xe000, integrityProtectionAlgorithms: integrity },
    SecurityKey: new Uint8Array(32),
  });

/** A phone with a context and a bearer. */
export const withBearer = (bench: Bench, from = phone): number => {
  bench.connect(from);
  const enbId = bench.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID'];
  bench.enodeb.fromMme(contextRequest(enbId));
  bench.uplink(
    { ueCapabilityInformation: { ...transaction, criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] } } },
    from,
  );
  bench.toMme('UECapabilityInfoIndication');
  bench.uplink({ securityModeComplete: done }, from);
  bench.uplink({ rrcConnectionReconfigurationComplete: done }, from);
  bench.toMme('InitialContextSetupResponse');
  bench.orders();
  return enbId;
};
