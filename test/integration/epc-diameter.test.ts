/**
 * Our Diameter peer against freeDiameter, in namespaces of their own: capabilities are exchanged, requests go through
 * it as through a relay, each side answers the other's watchdog, and the farewell is understood.
 *
 *     hss 10.66.0.3 --TCP 3868--> dra 10.66.0.2 (freeDiameterd) <--TCP 3868-- mme 10.66.0.1
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { commandAbbreviation, decodeMessage, results } from '../../src/signalling/diameter/index.ts';
import { frameReader } from '../../src/signalling/diameter/framing.ts';
import { captureLoop } from '../../src/kernel/capture-loop.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { dissect } from '../../src/packet/dissect.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { remarksOn } from '../helpers/clean-capture.ts';
import type { DiameterReport } from '../helpers/diameter-nodes.ts';
import { makeNamespaces, poll } from '../helpers/netns.ts';
import { tshark, writeCapture } from '../helpers/pcap.ts';

const daemon = '/usr/bin/freeDiameterd';
const extensions = '/usr/lib/freeDiameter';
const nodes = path.resolve(import.meta.dirname, '../helpers/diameter-nodes.ts');

/** It has no dictionary of S6a: it passes on what it does not know. TwTimer 6 is the shortest watchdog it allows. */
const configuration = (directory: string): string => `
Identity = "dra.epc.test";
Realm = "epc.test";
Port = 3868;
SecPort = 5868;
No_SCTP;
No_IPv6;
ListenOn = "10.66.0.2";
TwTimer = 6;
TLS_Cred = "${directory}/cert.pem", "${directory}/key.pem";
TLS_CA = "${directory}/cert.pem";
TLS_DH_File = "${directory}/dh.pem";
LoadExtension = "${extensions}/acl_wl.fdx" : "${directory}/acl.conf";
LoadExtension = "${extensions}/dict_nasreq.fdx";
LoadExtension = "${extensions}/dict_dcca.fdx";
LoadExtension = "${extensions}/dict_dcca_3gpp.fdx";
`;

/** TLS is not used, but nothing starts without its files. A group of RFC 7919 spares the search for a prime. */
const writeFiles = async (directory: string): Promise<string> => {
  const file = (name: string): string => path.join(directory, name);
  const subject = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=dra.epc.test'];
  await execa('openssl', ['req', '-x509', ...subject, '-keyout', file('key.pem'), '-out', file('cert.pem')]);
  const group = ['-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048'];
  await execa('openssl', ['genpkey', '-genparam', ...group, '-out', file('dh.pem')]);
  writeFileSync(file('acl.conf'), 'ALLOW_IPSEC *.epc.test\n');
  writeFileSync(file('dra.conf'), configuration(directory));
  return file('dra.conf');
};

const names: Readonly<Record<string, string>> = { '10.66.0.1': 'mme', '10.66.0.2': 'dra', '10.66.0.3': 'hss' };

/** The messages that begin a segment, as `mme>dra CER`. */
const messagesOf = (frames: readonly Frame[]): string[] =>
  frames.flatMap(({ bytes, link }) => {
    const layers = dissect(bytes, link);
    const [ip] = layers.filter((layer) => layer.protocol === 'ipv4');
    const data = layers.at(-1);
    const found: string[] = [];
    const read = frameReader((octets) => found.push(commandAbbreviation(decodeMessage(octets))));
    if (ip !== undefined && data?.protocol === 'data') read(bytes.subarray(data.offset, data.offset + data.length));
    return found.map((name) => `${names[ip?.source ?? '']}>${names[ip?.destination ?? '']} ${name}`);
  });

const installed = existsSync(daemon);
const title = 'freeDiameter takes our peer for one of its own';

(installed ? test : test.skip)(
  installed ? title : `${title} (skipped: freeDiameterd is not installed; apt-get install freediameter)`,
  async (t) => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-freediameter-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const net = await makeNamespaces(t, ['nodes', 'dra']);
    await net.veth('nodes:s6a', 'dra:s6a');
    await net.ipIn('nodes', 'address', 'add', '10.66.0.1/24', 'dev', 's6a');
    await net.ipIn('nodes', 'address', 'add', '10.66.0.3/24', 'dev', 's6a');
    await net.ipIn('dra', 'address', 'add', '10.66.0.2/24', 'dev', 's6a');

    const capture = openCapture({ namespaces: [{ node: 'dra', path: net.path('dra') }] });
    t.teardown(() => capture.close());
    const frames: Frame[] = [];
    const stop = new AbortController();
    const loop = captureLoop(capture, (more) => void frames.push(...more), { signal: stop.signal });

    net.start('dra', daemon, '-c', await writeFiles(directory));
    const listens = async (): Promise<boolean> =>
      (await net.run('dra', 'ss', '-Hltn', 'sport = :3868')).includes('10.66.0.2:3868');
    await poll('freeDiameter listens', listens, 30);
    const reportFile = path.join(directory, 'report.json');
    const running = net.start('nodes', process.execPath, nodes, reportFile);
    await poll('the MME has its answers', () => existsSync(reportFile) && readFileSync(reportFile, 'utf8') !== '', 30);
    const report = JSON.parse(readFileSync(reportFile, 'utf8')) as DiameterReport;
    t.deepEqual(report, {
      remote: 'dra.epc.test',
      answers: [
        { result: results.DIAMETER_SUCCESS, from: 'hss.epc.test', vectors: 1 },
        { result: results.DIAMETER_SUCCESS, from: 'hss.epc.test', vectors: 0 },
      ],
      routeRecord: 'mme.epc.test',
    });

    const seen = (...messages: readonly string[]) =>
      poll(
        messages.join(', '),
        () => {
          const all = new Set(messagesOf(frames));
          return messages.every((message) => all.has(message));
        },
        30,
      );
    await t.notThrowsAsync(seen('mme>dra DWR', 'dra>mme DWA', 'dra>hss DWR', 'hss>dra DWA'), 'both sides watch');
    running.kill('SIGTERM');
    await t.notThrowsAsync(seen('mme>dra DPR', 'dra>mme DPA', 'hss>dra DPR', 'dra>hss DPA'), 'and say goodbye');
    await running;

    stop.abort();
    await loop;
    const file = path.join(directory, 'all.pcapng');
    writeCapture(file, frames);
    t.deepEqual(await remarksOn(file), []);
    const commands = new Set(await tshark(file, 'diameter', 'diameter.cmd.code'));
    t.deepEqual([...commands].sort(), ['257', '272', '280', '282', '318'], 'tshark reads them all');
  },
);
