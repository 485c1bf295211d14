/** The phone's radio connection: which cell, how often, and what it does with orders. */
import t from 'tap';
import * as order from '../../../../../lab/epc/enodeb/orders.ts';
import type { OnAir } from '../../../../../lab/epc/radio.ts';
import { encodeRrc, rrcName } from '../../../../../src/signalling/rrc/rrc.ts';
import { Rrc, T300 } from '../../../../../lab/epc/ue/rrc.ts';
import { fakeClock } from '../../../../helpers/fake-clock.ts';
import { guti } from '../../../../helpers/scripted-mme.ts';

const nas = Uint8Array.of(0x07, 0x60, 0x60);
const [near, far] = ['169.254.1.1', '169.254.1.2'];
const initial = { nas, cause: 'mo-Signalling' } as const;

const makePhone = () => {
  const clock = fakeClock();
  const told: string[] = [];
  const sent: { cell: string; air: OnAir<'UL-CCCH' | 'UL-DCCH'> }[] = [];
  const shown: { cell: string; crnti: number }[] = [];
  const rrc = new Rrc({
    clock,
    random: () => 7,
    cells: [
      { enodeb: near, name: 'near', pci: 4 },
      { enodeb: far, name: 'far', pci: 7 },
    ],
    transmit: (cell, air) => {
      if (air.channel === 'MAC') {
        shown.push({ cell, crnti: air.crnti });
        return;
      }
      encodeRrc(air.channel, air.message);
      sent.push({ cell, air });
    },
    upper: {
      deliver: (octets) => void told.push(`NAS of ${octets.length} octets`),
      failed: (reason) => void told.push(reason),
      released: () => void told.push('released'),
      bearersSetUp: (ebis) => void told.push(`bearers ${ebis.join()}`),
      paged: (mmec, mTmsi) => void told.push(`paged ${mmec} ${mTmsi}`),
      moved: (cell, milliseconds) => void told.push(`moved to ${cell} in ${milliseconds}`),
      lost: () => void told.push('lost'),
    },
  });
  const said = (): string[] => sent.splice(0).map(({ cell, air }) => `${cell} ${rrcName(air.channel, air.message)}`);
  return { clock, told, sent, shown, said, rrc };
};

void t.test('cells are tried in their order, three times each', async (t) => {
  const { clock, rrc, said, told } = makePhone();
  rrc.send(initial);
  await clock.pass(6 * T300);
  t.same(
    said(),
    [near, near, near, far, far, far].map((cell) => `${cell} rrcConnectionRequest`),
  );
  t.same(told, ['no cell answers']);
  t.equal(rrc.state, 'idle');
});

void t.test('a phone with a name tells it, and its first message goes with the completion', (t) => {
  const { rrc, sent, clock } = makePhone();
  rrc.send({ ...initial, guti });
  t.match(sent.splice(0)[0]?.air.message, {
    rrcConnectionRequest: { criticalExtensions: { 'ue-Identity': { 's-TMSI': { mmec: 2, 'm-TMSI': guti.mTmsi } } } },
  });
  rrc.receive(far, order.connectionSetup());
  t.equal(rrc.state, 'connecting', 'another cell was not asked');
  rrc.receive(near, order.connectionSetup());
  t.equal(rrc.cell, near);
  t.match(sent.splice(0)[0]?.air.message, {
    rrcConnectionSetupComplete: { criticalExtensions: { registeredMME: { mmegi: 0x8001 }, dedicatedInfoNAS: nas } },
  });
  rrc.send(initial);
  t.match(sent[0]?.air.message, { ulInformationTransfer: {} });
  t.equal(clock.waiting(), 0);
  t.end();
});

void t.test('a cell that has no MME yet is asked again', async (t) => {
  const { clock, rrc, said, told } = makePhone();
  rrc.send(initial);
  said();
  rrc.receive(near, order.connectionReject(2));
  await clock.pass(1999);
  t.same(said(), []);
  await clock.pass(1);
  t.same(said(), [`${near} rrcConnectionRequest`]);
  for (let count = 0; count < 20; count += 1) {
    rrc.receive(count < 9 ? near : far, order.connectionReject(2));
    await clock.pass(2000);
  }
  t.same(told, ['the cell has no connection with the network']);
});

void t.test('orders are done, confirmed, and told', (t) => {
  const { rrc, said, told } = makePhone();
  rrc.send(initial);
  rrc.receive(near, order.connectionSetup());
  said();
  rrc.receive(near, order.capabilityEnquiry());
  rrc.receive(near, order.securityMode('eia2'));
  rrc.receive(near, order.reconfiguration({ added: [5], nas: [nas], first: true }));
  rrc.receive(near, order.informationTransfer(nas));
  rrc.receive(far, order.connectionRelease());
  t.same(said(), [
    `${near} ueCapabilityInformation`,
    `${near} securityModeComplete`,
    `${near} rrcConnectionReconfigurationComplete`,
  ]);
  t.same(told.splice(0), ['bearers 5', 'NAS of 3 octets', 'NAS of 3 octets'], 'a release by another cell is ignored');
  rrc.receive(near, order.connectionRelease());
  t.same(told.splice(0), ['released']);
  t.equal(rrc.state, 'idle');
  rrc.receive(near, {
    channel: 'PCCH',
    message: {
      paging: { pagingRecordList: [{ 'ue-Identity': { 's-TMSI': { mmec: 2, 'm-TMSI': 9 } }, 'cn-Domain': 'ps' }] },
    },
  });
  t.same(told, ['paged 2 9']);
  t.end();
});

/** A phone that is connected with the near cell. */
const connected = () => {
  const phone = makePhone();
  phone.rrc.send(initial);
  phone.rrc.receive(near, order.connectionSetup());
  phone.said();
  return phone;
};
const toFar = order.handover({ pci: 7, crnti: 0x1234, ncc: 2, added: [5], integrity: 'eia2' });
const grant = { channel: 'MAC', uplink: false, crnti: 0x1234 } as const;

void t.test('a phone goes where it is ordered: it shows its C-RNTI until it is let in', async (t) => {
  const { rrc, clock, said, shown, told } = connected();
  t.ok(rrc.hear({ enodeb: far, pci: 7 }));
  t.same(said(), [`${near} measurementReport`]);
  rrc.receive(near, toFar);
  t.equal(rrc.state, 'moving');
  await clock.pass(50);
  t.same(shown, [
    { cell: far, crnti: 0x1234 },
    { cell: far, crnti: 0x1234 },
  ]);
  rrc.send(initial);
  rrc.receive(near, grant);
  rrc.receive(far, { ...grant, crnti: 1 });
  t.same(
    [said(), told, rrc.cell],
    [[], [], undefined],
    'what NAS says waits; another cell or another phone changes nothing',
  );
  rrc.receive(far, grant);
  t.same(said(), [`${far} rrcConnectionReconfigurationComplete`, `${far} ulInformationTransfer`]);
  t.same(told, [`moved to ${far} in 50`]);
  t.equal(rrc.cell, far);
  rrc.receive(near, order.connectionRelease());
  t.equal(rrc.state, 'connected', 'the old cell has no say any more');
  t.equal(clock.waiting(), 0);
  rrc.receive(far, order.connectionRelease());
  rrc.send(initial);
  t.same(said(), [`${far} rrcConnectionRequest`], 'it stays there when it is idle');
});

void t.test('T304: a phone that is not let in has lost its connection', async (t) => {
  const { rrc, clock, shown, told } = connected();
  rrc.receive(near, toFar);
  await clock.pass(1000);
  t.same([told, rrc.state, clock.waiting()], [['lost'], 'idle', 0]);
  t.equal(shown.length, 25, 'every 40 ms');
  const other = connected();
  other.rrc.receive(near, order.handover({ pci: 9, crnti: 1, ncc: 2, added: [5], integrity: 'eia2' }));
  t.same(other.told, ['lost'], 'so has one that is sent to a cell that it does not hear');
});

void t.test('an idle phone camps where it hears best', (t) => {
  const { rrc, said } = makePhone();
  t.notOk(rrc.hear({ enodeb: far, pci: 7 }));
  rrc.send(initial);
  t.same(said(), [`${far} rrcConnectionRequest`]);
  t.end();
});
