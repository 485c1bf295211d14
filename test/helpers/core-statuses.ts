/** What the functions of a small LTE core say of one attached phone, as `status` answers it. */
import type { CoreRole, Telling } from '../../src/journey/core.ts';

export const coreAddresses: Readonly<Record<string, string>> = {
  '10.45.0.2': 'phone1',
  '10.10.0.1': 'enb1',
  '10.10.0.3': 'mme',
  '10.10.0.5': 'sgw',
  '10.10.0.254': 'sgw',
  '10.10.0.6': 'pgw',
};
export const coreOwners = (address: string): readonly string[] => {
  const node = coreAddresses[address];
  return node === undefined ? [] : [node];
};

const imsi = '460000000000001';
const counters = { up: { packets: 3, octets: 252 }, down: { packets: 2, octets: 168 } };

/** Fields of a status that a test changes. */
export type Statuses = Record<CoreRole, Record<string, unknown>>;

export const statuses = (): Statuses => ({
  ue: {
    imsi,
    state: 'registered',
    bearer: { address: '10.45.0.2', apn: 'cmnet.mnc000.mcc460.gprs', ebi: 5, qci: 9 },
    security: { keySet: 0, eea: 0, eia: 2 },
  },
  enodeb: {
    ...{ name: 'enb1', id: 1, cell: 1, s1: 'up', mme: 'mme', dataPath: { kind: 'bpf', carried: 5 } },
    phones: [
      {
        ...{ phone: '169.254.1.1', enbId: 1, mmeId: 1 },
        bearers: [
          {
            ...{ ebi: 5, qci: 9, teidIn: 0x17001, teidOut: 0x13001, peer: '10.10.0.5' },
            ...{ learntFrom: 'InitialContextSetupRequest', mac: '02:00:00:00:01:00' },
          },
        ],
      },
    ],
  },
  mme: {
    name: 'mme',
    enodebs: [{ name: 'enb1', id: 1, address: '10.10.0.1', tacs: [1], connections: 1 }],
    phones: [
      {
        ...{ imsi, state: 'registered', connected: true, tac: 1, cell: 0x101, enodeb: 'enb1' },
        guti: { group: 0x8001, code: 1, mTmsi: 0xc000_0001 },
        s1: { mmeUeId: 1, enbUeId: 1 },
        pdn: {
          ...{ apn: 'cmnet', address: '10.45.0.2', bearer: 5, qci: 9 },
          s11: { local: 0x17001, remote: 0x11001, peer: '10.10.0.5' },
        },
      },
    ],
  },
  hss: { host: 'hss', subscribers: [{ imsi, msisdn: '861', apns: ['cmnet'], sqn: 33, mme: 'mme.epc' }] },
  sgw: {
    sessions: [
      {
        ...{ imsi, bearer: 5, connected: true },
        s11: { control: { local: 0x11001, remote: 0x17001, peer: '10.10.0.3', learntFrom: 'Create Session Request' } },
        s5: {
          control: { local: 0x12001, remote: 0x15001, peer: '10.10.0.6', learntFrom: 'Create Session Response' },
          user: { local: 0x14001, remote: 0x16001, peer: '10.10.0.6', learntFrom: 'Create Session Response' },
        },
        s1u: { user: { local: 0x13001, remote: 0x17001, peer: '10.10.0.1', learntFrom: 'Modify Bearer Request' } },
      },
    ],
    userPlane: { dataPath: { kind: 'bpf', carried: 5 } },
  },
  pgw: {
    gateway: '10.45.0.1',
    sessions: [
      {
        ...{ imsi, apn: 'cmnet', address: '10.45.0.2', bearer: 5 },
        s5: {
          control: { local: 0x15001, remote: 0x12001, peer: '10.10.0.254', learntFrom: 'Create Session Request' },
          user: { local: 0x16001, remote: 0x14001, peer: '10.10.0.254', learntFrom: 'Create Session Request' },
        },
        charging: { session: 'pgw;1;1', granted: 10_000_000, used: 420, final: false },
      },
    ],
    userPlane: { dataPath: { kind: 'threads' }, sessions: [{ address: '10.45.0.2', ...counters }] },
  },
  ocs: {
    accounts: [{ imsi, octets: 1_000_000_000, used: 0, reserved: 10_000_000 }],
    sessions: [{ id: 'pgw;1;1', imsi, reserved: 10_000_000 }],
  },
});

const nodes: Readonly<Record<CoreRole, string>> = {
  ...{ ue: 'phone1', enodeb: 'enb1', mme: 'mme', hss: 'hss', sgw: 'sgw', pgw: 'pgw', ocs: 'ocs' },
};

/** The statuses as an engine collects them; `silent` does not answer. */
export const tellings = (of: Statuses, silent?: CoreRole): Telling[] =>
  (Object.keys(nodes) as CoreRole[]).map((role) => ({
    ...{ node: nodes[role], role },
    status: role === silent ? undefined : of[role],
  }));
