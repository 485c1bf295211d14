/** A whole ladder: who speaks to whom, what belongs together, what is ciphered, and what is folded. */
import t from 'tap';
import { cells } from '../../../src/cells.ts';
import { ladderOf, type Ladder } from '../../../src/ladder/ladder.ts';
import { mermaid } from '../../../src/ladder/mermaid.ts';
import { stepsOf } from '../../../src/ladder/select.ts';
import { ladderText } from '../../../src/ladder/text.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { NasSecurityContext } from '../../../src/signalling/nas/security.ts';
import type { Algorithm } from '../../../src/signalling/aka/eea.ts';
import { encodeNas, type PlainMessage } from '../../../src/signalling/nas/message.ts';
import { capabilityOf } from '../../../src/signalling/nas/capability.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import { encodeRrc, rrcDatagram } from '../../../src/signalling/rrc/rrc.ts';
import { encodeS1ap, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { encodeMessage } from '../../../src/signalling/gtpv2/message.ts';
import {
  addresses,
  at,
  dataChunk,
  everywhere,
  gtpc,
  onAir,
  radioAddresses,
  sctpPacket,
  who,
} from '../../helpers/ladder-frames.ts';
import { golden } from '../../helpers/golden.ts';

const { phone1, enb1, mme, sgw } = addresses;
const plmn = encodePlmn({ mcc: '460', mnc: '00' });
const place = {
  TAI: { pLMNidentity: plmn, tAC: bigEndian(1, 2) },
  'EUTRAN-CGI': { pLMNidentity: plmn, 'cell-ID': 0xe00101 },
} as const;

/** One end of a NAS security context. */
const contextOf = (eea: Algorithm, side: 'ue' | 'mme'): NasSecurityContext =>
  new NasSecurityContext({ kasme: new Uint8Array(32), keySet: 1, eea, eia: 2, side });

let tsn = 1;
let micros = 0;
const tick = (): number => (micros += 500);
/** A NAS message from the phone: over the radio link and over S1. */
const up = (nas: Uint8Array, first = false): Frame[] => {
  const rrc = first
    ? encodeRrc('UL-DCCH', {
        rrcConnectionSetupComplete: {
          'rrc-TransactionIdentifier': 0,
          criticalExtensions: { 'selectedPLMN-Identity': 1, dedicatedInfoNAS: nas },
        },
      })
    : encodeRrc('UL-DCCH', {
        ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } },
      });
  const ids = { 'MME-UE-S1AP-ID': 7, 'eNB-UE-S1AP-ID': 1 };
  const pdu = first
    ? s1ap('InitialUEMessage', {
        ...{ 'eNB-UE-S1AP-ID': 1, 'NAS-PDU': nas, ...place, 'RRC-Establishment-Cause': 'mo-Signalling' },
      })
    : s1ap('UplinkNASTransport', { ...ids, 'NAS-PDU': nas, ...place });
  return [
    at('phone1:radio >', tick(), onAir(phone1, radioAddresses.enb1, rrcDatagram('UL-DCCH', rrc))),
    ...everywhere('enb1', 'mme', tick(), sctpPacket(enb1, mme, 1, dataChunk(tsn++, encodeS1ap(pdu)))),
  ];
};
/** And one to the phone. */
const down = (nas: Uint8Array): Frame[] => {
  const rrc = encodeRrc('DL-DCCH', {
    dlInformationTransfer: {
      'rrc-TransactionIdentifier': 0,
      criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } },
    },
  });
  const part = onAir(radioAddresses.enb1, phone1, rrcDatagram('DL-DCCH', rrc));
  const pdu = s1ap('DownlinkNASTransport', { 'MME-UE-S1AP-ID': 7, 'eNB-UE-S1AP-ID': 1, 'NAS-PDU': nas });
  return [
    ...everywhere('mme', 'enb1', tick(), sctpPacket(mme, enb1, 2, dataChunk(tsn++, encodeS1ap(pdu)))),
    at('enb1:radio >', tick(), part),
    at('phone1:radio <', micros + 1, part),
  ];
};

const command: PlainMessage = {
  kind: 'security-mode-command',
  algorithms: { eea: 2, eia: 2 },
  keySet: 1,
  capability: capabilityOf([0, 2], [2]),
};
const attach: PlainMessage = {
  kind: 'attach-request',
  ...{ attachType: 1, keySet: 7, identity: { kind: 'imsi', digits: '460001234567891' } },
  ...{
    capability: capabilityOf([0, 2], [2]),
    esm: encodeNas({ kind: 'pdn-connectivity-request', ebi: 0, pti: 1, requestType: 1, pdnType: 1 }),
  },
};

/** A phone that attaches and detaches, as far as NAS goes. */
const story = (eea: Algorithm, from: 'attach' | 'middle' = 'attach'): Frame[] => {
  const [network, phone] = [contextOf(eea, 'mme'), contextOf(eea, 'ue')];
  const order = encodeNas({ ...command, algorithms: { eea, eia: 2 } });
  return [
    ...(from === 'attach'
      ? [...up(encodeNas(attach), true), ...down(network.protect(order, 'integrityNewContext'))]
      : []),
    ...up(phone.protect(encodeNas({ kind: 'security-mode-complete' }), 'integrityCipheredNewContext')),
    ...down(network.protect(encodeNas({ kind: 'detach-accept' }))),
  ];
};
const nasNames = ({ rungs }: Ladder): string[] =>
  rungs.flatMap(({ nas }) => nas.map(({ name, problem }) => problem ?? name));
const begun = [...Array.from({ length: 2 }, () => ['Attach request', 'PDN connectivity request']).flat()];

void t.test('each message once, between the nodes that a lab knows', (t) => {
  const { actors, rungs } = ladderOf({ frames: story(0), who });
  t.same(
    actors.map(({ name, role }) => `${name} ${role}`),
    ['phone1 phone', 'enb1 enodeb', 'mme mme'],
  );
  t.same(
    rungs.map(
      (rung) =>
        `${rung.number} ${rung.from} ${rung.to.join()} ${rung.interface} ${rung.name} ${rung.across} ${rung.phone}`,
    ),
    [
      '1 phone1 enb1 RRC rrcConnectionSetupComplete 2 phone1',
      '2 enb1 mme S1AP InitialUEMessage 1 phone1',
      '3 mme enb1 S1AP DownlinkNASTransport 4 phone1',
      '4 enb1 phone1 RRC dlInformationTransfer 3 phone1',
      '5 phone1 enb1 RRC ulInformationTransfer 6 phone1',
      '6 enb1 mme S1AP UplinkNASTransport 5 phone1',
      '7 mme enb1 S1AP DownlinkNASTransport 8 phone1',
      '8 enb1 phone1 RRC dlInformationTransfer 7 phone1',
    ],
  );
  t.end();
});

void t.test('roles follow from the messages where nobody tells them', (t) => {
  const { actors } = ladderOf({ frames: story(0) });
  t.same(
    actors.map(({ name, role }) => `${name} ${role}`),
    [`${phone1} phone`, `${enb1} enodeb`, `${radioAddresses.enb1} enodeb`, `${mme} mme`],
  );
  t.end();
});

void t.test('NAS that is ciphered is said to be, and is not guessed at', (t) => {
  const modes = ['Security mode command', 'Security mode command'];
  t.same(nasNames(ladderOf({ frames: story(0), who })), [
    ...begun,
    ...modes,
    ...['Security mode complete', 'Security mode complete', 'Detach accept', 'Detach accept'],
  ]);
  const secret = Array.from({ length: 4 }, () => 'ciphered with EEA2');
  t.same(nasNames(ladderOf({ frames: story(2), who })), [...begun, ...modes, ...secret]);
  // Without the command nobody knows, unless somebody else tells.
  const open = Array.from({ length: 4 }, () => 'perhaps ciphered: its algorithm was not seen');
  t.same(nasNames(ladderOf({ frames: story(0, 'middle'), who })), open);
  const ciphering = (phone: string): number | undefined => (phone === 'phone1' ? 0 : undefined);
  t.match(nasNames(ladderOf({ frames: story(0, 'middle'), who, ciphering })), ['Security mode complete']);
  t.end();
});

void t.test('a message that only carries NAS is one arrow with its other half', (t) => {
  const ladder = ladderOf({ frames: story(0), who });
  const short = stepsOf(ladder).steps;
  t.same(
    short.map(({ from, to, interface: over, text }) => `${over} ${from} > ${to.join()} ${text}`),
    [
      'RRC phone1 > enb1 rrcConnectionSetupComplete: Attach request + PDN connectivity request',
      'S1AP enb1 > mme InitialUEMessage: Attach request + PDN connectivity request',
      'NAS mme > phone1 Security mode command',
      'NAS phone1 > mme Security mode complete',
      'NAS mme > phone1 Detach accept',
    ],
  );
  t.equal(stepsOf(ladder, { all: true }).steps.length, 8);
  // One half alone stays what it is: it was lost on the other link.
  const lost = stepsOf(ladderOf({ frames: story(0).slice(0, -2), who })).steps.at(-1);
  t.match(lost, { interface: 'S1AP', text: 'DownlinkNASTransport: Detach accept' });
  t.end();
});

void t.test('a phone is known by its own link, where two links use the same addresses', (t) => {
  const twice = {
    ...who,
    owners: (address: string) => (address === phone1 ? ['phone9', 'phone1'] : who.owners(address)),
  };
  const { actors } = ladderOf({ frames: story(0), who: twice });
  t.same(
    actors.map(({ name }) => name),
    ['phone1', 'enb1', 'mme'],
  );
  t.end();
});

const echo = (sequence: number) => gtpc(mme, sgw, encodeMessage({ type: 1, sequence, ies: [] }));

void t.test('what is about no phone is folded and counted; repetitions are marked; unread things are shown', (t) => {
  const ask = gtpc(mme, sgw, encodeMessage({ type: 32, teid: 0, sequence: 9, ies: [] }), { identification: 0 });
  const frames = [
    ...everywhere('mme', 'sgw', tick(), echo(1)),
    ...everywhere('mme', 'sgw', tick(), ask),
    ...everywhere('mme', 'sgw', tick(), ask),
    ...everywhere('mme', 'sgw', tick(), echo(2)),
    ...everywhere('mme', 'sgw', tick(), gtpc(mme, sgw, Uint8Array.of(0x48, 32, 0, 9))),
    ...everywhere('enb1', 'mme', tick(), sctpPacket(enb1, mme, 1, dataChunk(900, Uint8Array.of(1, 2), { ppid: 27 }))),
    ...everywhere('enb1', 'mme', tick(), sctpPacket(enb1, mme, 1, dataChunk(901, Uint8Array.of(1, 2)))),
  ];
  const ladder = ladderOf({ frames, who });
  const { steps, folded } = stepsOf(ladder);
  t.same(
    steps.map(({ text, interface: over }) => `${over} ${text}`),
    [
      'S11 Create Session Request',
      'S11 Create Session Request (again)',
      'S11 GTP-C (not understood: GTPv2: 4 octets are no message)',
      'SCTP payload protocol 27 (a protocol that is not decoded)',
    ].concat(steps.slice(4).map(({ text, interface: over }) => `${over} ${text}`)),
  );
  t.match(steps.at(-1)?.text, /^S1AP \(not understood/u);
  t.equal(
    ladder.rungs.find(({ name, repeats }) => name === 'Create Session Request' && repeats !== undefined)?.repeats,
    2,
  );
  t.same([...folded], [['Echo Request', 2]]);
  t.end();
});

void t.test('a page is said to everybody on the radio link', (t) => {
  const paging = encodeRrc('PCCH', {
    paging: {
      pagingRecordList: [{ 'ue-Identity': { 's-TMSI': { mmec: 1, 'm-TMSI': 0xc0000001 } }, 'cn-Domain': 'ps' }],
    },
  });
  const part = onAir(radioAddresses.enb1, '169.254.255.255', rrcDatagram('PCCH', paging));
  const frames = [at('enb1:radio >', 0, part), ...['phone1', 'phone2'].map((phone) => at(`${phone}:radio <`, 2, part))];
  const [rung, ...more] = ladderOf({ frames, who }).rungs;
  t.equal(more.length, 0);
  t.match(rung, { name: 'paging', from: 'enb1', to: ['phone1', 'phone2'], details: ['S-TMSI 1/c0000001'] });
  t.end();
});

void t.test('the text keeps to the width, also with wide characters', (t) => {
  const ladder = ladderOf({ frames: story(0), who });
  const title = (node: string): string => (node === 'phone1' ? '手机' : node === 'enb1' ? '基站甲' : node);
  for (const width of [80, 100, 120]) {
    const lines = (ladderText(ladder, { width, title }) ?? '').split('\n');
    t.same(
      lines.filter((line) => cells(line) > width),
      [],
      `${width}`,
    );
  }
  const text = `${ladderText(ladder, { width: 100, title }) ?? ''}\n`;
  t.equal(text, golden('ladder/nas.txt', text));
  const diagram = mermaid(ladder);
  t.equal(diagram, golden('ladder/nas.mmd', diagram));
  t.equal(ladderText({ actors: [], rungs: [] }), undefined);
  t.end();
});

void t.test('where there are too many for a lane each, those of a role share one', (t) => {
  const phones = Array.from({ length: 40 }, (_, index) => `phone${index + 1}`);
  const crowd = {
    owners: (address: string) =>
      address.startsWith('169.254.7.') ? [`phone${Number(address.split('.')[3])}`] : who.owners(address),
    role: (node: string) => (node.startsWith('phone') ? ('phone' as const) : who.role(node)),
  };
  const request = encodeRrc('UL-CCCH', {
    rrcConnectionRequest: {
      criticalExtensions: { 'ue-Identity': { randomValue: 1 }, establishmentCause: 'mo-Data', spare: 0 },
    },
  });
  const frames = phones.map((phone, index) =>
    at(
      `${phone}:radio >`,
      index,
      onAir(`169.254.7.${index + 1}`, radioAddresses.enb1, rrcDatagram('UL-CCCH', request)),
    ),
  );
  const ladder = ladderOf({ frames, who: crowd });
  t.equal(ladder.actors.length, 41);
  const lines = (ladderText(ladder, { width: 100 }) ?? '').split('\n');
  t.same(
    lines.filter((line) => cells(line) > 100),
    [],
  );
  t.match(lines[0], /phones {2}enb1$/u);
  t.equal(lines.filter((line) => line.includes('(phone7) rrcConnectionRequest')).length, 1);
  t.end();
});
