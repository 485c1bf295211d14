/**
 * Phones and a base station as processes, over a real radio segment and real SCTP, against an MME that this test plays.
 *
 *     phone1, phone2 169.254.1.11, .12 == air (a bridge) == enb 169.254.1.1 -- S1 10.70.1.1 - 10.70.1.2 -- core
 */
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { securityCapabilityOf } from '../../src/signalling/nas/capability.ts';
import { encodePlmn } from '../../src/signalling/identity.ts';
import { bigEndian, readBigEndian } from '../../src/signalling/octets.ts';
import {
  algorithmMask,
  decodeS1ap,
  encodeS1ap,
  S1AP_PORT,
  S1AP_PPID,
  s1ap,
  type S1apPdu,
  transportLayerAddress,
} from '../../src/signalling/s1ap/s1ap.ts';
import { listen, type SctpAssociation } from '../../lab/epc/sctp/sctp.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { check, CLONE, libc } from '../../src/kernel/libc.ts';
import { remarksOn } from '../helpers/clean-capture.ts';
import { epcProcesses } from '../helpers/epc-process.ts';
import { makeNamespaces, type Namespaces, poll } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';
import { guti, keys, plmn, ScriptedMme } from '../helpers/scripted-mme.ts';

const gtp = path.resolve(import.meta.dirname, '../../lab/gtp/main.ts');
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

/** The phone of a connection, as the MME knows it. */
interface Served {
  readonly mme: ScriptedMme;
  readonly address: string;
  readonly mmeId: number;
  enbTeid?: number;
  complete?: boolean;
}

/** An MME for phones that do what is expected of them. */
class Network {
  readonly received: S1apPdu[] = [];
  readonly phones = new Map<number, Served>();
  /** Keys of phones that were here before, by M-TMSI. */
  readonly known = new Map<number, ScriptedMme>();
  refuse: number | undefined;
  association: SctpAssociation | undefined;
  /** The core's address. */
  readonly core: string;

  constructor(core: string) {
    this.core = core;
  }

  accept(association: SctpAssociation): void {
    this.association = association;
    association.onMessage(({ bytes }) => this.#take(decodeS1ap(bytes)));
  }

  send(pdu: S1apPdu): void {
    this.association?.send(0, S1AP_PPID, encodeS1ap(pdu));
  }

  nas(enbId: number, { mmeId }: Served, octets: Uint8Array): void {
    this.send(s1ap('DownlinkNASTransport', { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId, 'NAS-PDU': octets }));
  }

  #take(pdu: S1apPdu): void {
    this.received.push(pdu);
    switch (pdu.name) {
      case 'S1SetupRequest':
        this.send(
          s1ap('S1SetupResponse', {
            MMEname: 'mme',
            ServedGUMMEIs: [
              {
                servedPLMNs: [encodePlmn(plmn)],
                servedGroupIDs: [bigEndian(guti.mmeGroup, 2)],
                servedMMECs: [bigEndian(guti.mmeCode, 1)],
              },
            ],
            RelativeMMECapacity: 255,
          }),
        );
        break;
      case 'InitialUEMessage': {
        const enbId = pdu.ies['eNB-UE-S1AP-ID'];
        const sTmsi = pdu.ies['S-TMSI'];
        const before = sTmsi && this.known.get(readBigEndian(sTmsi['m-TMSI']));
        const index = this.phones.size + 1;
        const served: Served = {
          mme: before ?? new ScriptedMme(),
          address: `10.45.0.${index + 1}`,
          mmeId: 100 + index,
        };
        this.phones.set(enbId, served);
        this.#nas(enbId, served, pdu.ies['NAS-PDU']);
        break;
      }
      case 'UplinkNASTransport': {
        const served = this.phones.get(pdu.ies['eNB-UE-S1AP-ID']);
        if (served !== undefined) this.#nas(pdu.ies['eNB-UE-S1AP-ID'], served, pdu.ies['NAS-PDU']);
        break;
      }
      case 'InitialContextSetupResponse': {
        const served = this.phones.get(pdu.ies['eNB-UE-S1AP-ID']);
        const [bearer] = pdu.ies['E-RABSetupListCtxtSURes'];
        if (served !== undefined && bearer !== undefined) served.enbTeid = readBigEndian(bearer['gTP-TEID']);
        break;
      }
      default:
        break;
    }
  }

  #nas(enbId: number, served: Served, octets: Uint8Array): void {
    const { mme } = served;
    const message = mme.read(octets);
    if (message.kind === 'attach-request') {
      if (this.refuse !== undefined) this.nas(enbId, served, mme.say({ kind: 'attach-reject', cause: this.refuse }));
      else if (mme.context === undefined) this.nas(enbId, served, mme.challenge());
      else this.#setUp(enbId, served);
    } else if (message.kind === 'authentication-response') {
      if (hex(message.res) === hex(mme.vector?.xres ?? new Uint8Array())) this.nas(enbId, served, mme.command());
    } else if (message.kind === 'security-mode-complete') {
      this.nas(enbId, served, mme.say({ kind: 'esm-information-request', ebi: 0, pti: 1 }));
    } else if (message.kind === 'esm-information-response') this.#setUp(enbId, served);
    else if (message.kind === 'attach-complete') served.complete = true;
    else if (message.kind === 'detach-request') {
      if (!message.detachType.switchOff) this.nas(enbId, served, mme.say({ kind: 'detach-accept' }));
      this.release(enbId, served);
    } else if (message.kind === 'detach-accept') this.release(enbId, served);
  }

  release(enbId: number, { mmeId }: Served): void {
    this.send(
      s1ap('UEContextReleaseCommand', {
        'UE-S1AP-IDs': { 'uE-S1AP-ID-pair': { 'mME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId } },
        Cause: { nas: 'detach' },
      }),
    );
  }

  #setUp(enbId: number, { mme, address, mmeId }: Served): void {
    const mTmsi = 0xc0ff_0000 + mmeId;
    this.known.set(mTmsi, mme);
    const { eea, eia } = securityCapabilityOf(mme.capability);
    this.send(
      s1ap('InitialContextSetupRequest', {
        'MME-UE-S1AP-ID': mmeId,
        'eNB-UE-S1AP-ID': enbId,
        uEaggregateMaximumBitrate: {
          uEaggregateMaximumBitRateDL: 100_000_000,
          uEaggregateMaximumBitRateUL: 50_000_000,
        },
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
            transportLayerAddress: transportLayerAddress(this.core),
            'gTP-TEID': bigEndian(0x1000 + mmeId, 4),
            'nAS-PDU': mme.accept({ address, guti: { ...guti, mTmsi } }),
          },
        ],
        UESecurityCapabilities: {
          encryptionAlgorithms: algorithmMask(eea),
          integrityProtectionAlgorithms: algorithmMask(eia),
        },
        SecurityKey: mme.context?.kenb(mme.count) ?? new Uint8Array(32),
      }),
    );
  }
}

interface Lab extends Namespaces {
  readonly network: Network;
  readonly directory: string;
  /** `ue VERB` in a phone. */
  readonly ue: (
    phone: number,
    verb: string,
  ) => Promise<{ stdout: string; stderr: string; exitCode?: number | undefined }>;
  readonly enodeb: () => { readonly s1: string; readonly phones: readonly unknown[] };
}

/** Puts this thread into a namespace until the test ends: the MME's SCTP is in this process. */
const stayInside = (t: ExecutionContext, file: string): void => {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  check(libc.setns(openSync(file, 'r'), CLONE.NEWNET), 'setns');
  t.teardown(() => void check(libc.setns(own, CLONE.NEWNET), 'setns back'));
};

/** Tests run one after the other, but the SCTP of one lingers at its address when the next begins. */
let labs = 0;

const makeLab = async (t: ExecutionContext): Promise<Lab> => {
  labs += 1;
  const [enb, core] = [`10.70.${labs}.1`, `10.70.${labs}.2`];
  const directory = mkdtempSync(path.join(os.tmpdir(), 'epc-access-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const net = await makeNamespaces(t, ['phone1', 'phone2', 'air', 'enb', 'core']);
  await net.ipIn('air', 'link', 'add', 'br0', 'type', 'bridge');
  await net.ipIn('air', 'link', 'set', 'dev', 'br0', 'up');
  for (const [end, port] of [
    ['phone1:eth0', 'p1'],
    ['phone2:eth0', 'p2'],
    ['enb:radio', 'e1'],
  ] as const) {
    await net.veth(end, `air:${port}`);
    await net.ipIn('air', 'link', 'set', 'dev', port, 'master', 'br0');
  }
  await net.veth('enb:s1', 'core:s1', { mtu: 1600 });
  for (const [node, device, address] of [
    ['phone1', 'eth0', '169.254.1.11/16'],
    ['phone2', 'eth0', '169.254.1.12/16'],
    ['enb', 'radio', '169.254.1.1/16'],
    ['enb', 's1', `${enb}/24`],
    ['core', 's1', `${core}/24`],
  ] as const)
    await net.ipIn(node, 'addr', 'add', address, 'dev', device);
  const { file, start, ue } = epcProcesses(t, net, directory);
  stayInside(t, net.path('core'));
  const network = new Network(core);
  const listener = await listen({ local: core, port: S1AP_PORT }, (association) => network.accept(association));
  t.teardown(() => {
    listener.close();
    network.association?.abort();
  });
  await start('enb', {
    function: 'enodeb',
    name: 'enb1',
    id: 0xe001,
    cell: 1,
    tac: 1,
    plmn: '46000',
    radio: { interface: 'radio', local: '169.254.1.1' },
    s1mme: { local: enb, mme: core },
    s1u: { local: enb },
  });
  for (const number of [1, 2])
    await start(`phone${number}`, {
      function: 'ue',
      imsi: `46000123456789${number}`,
      k: hex(keys.k),
      opc: hex(keys.opc),
      interface: 'eth0',
      radio: { local: `169.254.1.1${number}`, cells: [{ enodeb: '169.254.1.1' }] },
      plmn: '46000',
      apn: 'cmnet',
      resolv: file(`resolv${number}`),
      on: false,
    });
  return {
    ...net,
    network,
    directory,
    ue,
    enodeb: () => JSON.parse(readFileSync(file('enb.status'), 'utf8')) as ReturnType<Lab['enodeb']>,
  };
};

test.serial('two phones attach over one radio link, reach the Internet through their tunnels, and leave', async (t) => {
  const lab = await makeLab(t);
  const { network, ue, directory } = lab;
  const nodes = ['phone1', 'enb'];
  const capture = openCapture({ namespaces: nodes.map((node) => ({ node, path: lab.path(node) })) });
  t.teardown(() => capture.close());
  const stop = record(capture);

  t.regex((await ue(1, 'status')).stdout, /^off/u);
  const first = await ue(1, 'on');
  t.is(first.stderr, '');
  t.is(first.exitCode, 0);
  t.regex(
    first.stdout,
    /^attached in \d+ ms\n {2}address {2}10\.45\.0\.2\n {2}DNS {6}10\.45\.0\.1\n {2}bearer {3}EBI 5, QCI 9/u,
  );
  t.is((await ue(2, 'on')).exitCode, 0);
  const served = await poll('both attaches are complete', () => {
    const phones = [...network.phones.values()];
    return (
      phones.length === 2 &&
      phones.every(({ complete, enbTeid }) => complete === true && enbTeid !== undefined) &&
      phones
    );
  });
  t.regex(await lab.run('phone1', 'ip', 'route'), /default via 169\.254\.1\.1 dev eth0 .*src 10\.45\.0\.2 onlink/u);
  t.is(readFileSync(path.join(directory, 'resolv1'), 'utf8'), 'nameserver 10.45.0.1\n');

  // The other end of the tunnels: a packet gateway without a control plane.
  await lab.ipIn('core', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await lab.ipIn('core', 'link', 'set', 'dev', 'gtp0', 'up');
  await lab.ipIn('core', 'addr', 'add', '10.45.0.1/24', 'dev', 'gtp0');
  const gateway = path.join(directory, 'pgw.json');
  const ready = path.join(directory, 'pgw.ready');
  const sessions = served.map(({ address, mmeId, enbTeid }) => ({
    address,
    access: { teidIn: 0x1000 + mmeId, teidOut: enbTeid, peer: network.association?.remote.address },
  }));
  writeFileSync(gateway, JSON.stringify({ role: 'pgw', local: network.core, tun: 'gtp0', ready, sessions }));
  void lab.start('core', process.execPath, gtp, gateway);
  await poll('the gateway is ready', () => existsSync(ready));
  for (const phone of ['phone1', 'phone2'])
    t.regex(await lab.run(phone, 'ping', '-c', '3', '-i', '0.1', '10.45.0.1'), / 0% packet loss/u, phone);
  await poll('the eNodeB has counted', () => JSON.stringify(lab.enodeb().phones).match(/"packets":3/gu)?.length === 4);

  t.is((await ue(1, 'detach')).exitCode, 0);
  t.notRegex(await lab.run('phone1', 'ip', '-4', 'addr'), /10\.45/u);
  t.is(await lab.run('phone1', 'ip', 'route'), '169.254.0.0/16 dev eth0 proto kernel scope link src 169.254.1.11 ');
  t.is((await ue(2, 'off')).exitCode, 0);
  await poll(
    'the connections are gone',
    () => network.received.filter(({ name }) => name === 'UEContextReleaseComplete').length === 2,
  );

  const again = await ue(1, 'on');
  t.is(again.exitCode, 0);
  await poll('the re-attach is complete', () => [...network.phones.values()].at(-1)?.complete);
  t.is(network.received.filter(({ name }) => name === 'InitialUEMessage').length, 3);

  const frames = await stop();
  const file = path.join(directory, 'access.pcapng');
  writeCapture(file, frames);
  t.deepEqual(await remarksOn(file), []);
  const count = async (filter: string): Promise<number> => (await tshark(file, filter)).length;
  t.true((await count('s1ap')) >= 25);
  t.is(await count('lte-rrc.rrcConnectionRequest_element'), 3 + 2, 'seen at the eNodeB, and those of phone 1 there');
  t.is(await count('gsmtap && nas_eps.nas_msg_emm_type == 0x43 && udp'), 3 + 2, 'attach complete');
  t.is(await count('s1ap && nas_eps.nas_msg_emm_type == 0x42'), 3, 'attach accept');
});

test.serial('a refusal is told with the name of its cause', async (t) => {
  const { network, ue } = await makeLab(t);
  network.refuse = 11;
  const { exitCode, stderr } = await ue(1, 'on');
  t.is(exitCode, 1);
  t.is(stderr, 'on: attach rejected, EMM cause 11: PLMN not allowed');
  t.regex((await ue(1, 'status')).stdout, /^deregistered\n[^]*refusal +attach rejected/u);
});

test.serial('the network detaches a phone, and its interface is as before', async (t) => {
  const lab = await makeLab(t);
  const { network, ue } = lab;
  t.is((await ue(1, 'on')).exitCode, 0);
  const [enbId, served] = await poll('attached', () => [...network.phones].find(([, { complete }]) => complete));
  network.nas(
    enbId,
    served,
    served.mme.say({ kind: 'network-detach-request', detachType: { type: 2, switchOff: false } }),
  );
  await poll('the phone is detached', async () => (await ue(1, 'status')).stdout.startsWith('deregistered'));
  t.notRegex(await lab.run('phone1', 'ip', '-4', 'addr'), /10\.45/u);
  await poll('the eNodeB has forgotten it', () => lab.enodeb().phones.length === 0);
});
