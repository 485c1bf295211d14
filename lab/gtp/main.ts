/**
 * A node of the LTE user plane: `node lab/gtp/main.ts CONFIG`, one process inside the namespace of an eNodeB, a serving
 * gateway or a packet gateway. config.ts says what a configuration holds, jobs.ts what each role does with packets.
 *
 * Around it the lab makes: the radio's veth pair (segmentation and checksum offload off on the phone, for the eNodeB
 * forwards frames as it gets them), core links with an MTU 36 octets above the phones' (IP 20, UDP 8, GTP-U 8), and on
 * the PGW the TUN device, which carries the phones' gateway address, with IP forwarding on.
 */
import { announceReady, fail, keepStatus, startThreads } from '../daemon.ts';
import { readFields } from '../fields.ts';
import { type EnodebConfig, type GtpConfig, gtpConfig, type PgwConfig, type SgwConfig } from './config.ts';
import { Counters } from './counters.ts';
import type { Job, RadioPort } from './jobs.ts';
import { SessionTable } from './session-table.ts';
import { openGtpuSocket, openRadio, openTun } from './sockets.ts';
import type { WorkerInput } from './worker.ts';

const enodebJobs = (config: EnodebConfig, table: SessionTable): Job[] => {
  const socket = openGtpuSocket(config.local);
  const radios = config.radios.map((radio): RadioPort => ({
    slot: table.install(radio.session),
    ...openRadio(radio.interface),
    phoneMac: radio.mac,
    gateway: radio.gateway,
    gateway6: radio.gateway6,
  }));
  return [
    { job: 'radioDown', radios, local: config.local, socket },
    ...radios.map((radio): Job => ({ job: 'radioUp', radio, socket })),
  ];
};

const sgwJobs = (config: SgwConfig, table: SessionTable): Job[] => {
  const access = openGtpuSocket(config.access);
  const core = openGtpuSocket(config.core);
  for (const session of config.sessions) table.install(session);
  return [
    { job: 'relay', side: 'access', local: config.access, socket: access, out: core },
    { job: 'relay', side: 'core', local: config.core, socket: core, out: access },
  ];
};

const pgwJobs = (config: PgwConfig, table: SessionTable): Job[] => {
  const socket = openGtpuSocket(config.local);
  const tun = openTun(config.tun);
  for (const session of config.sessions) table.install(session);
  return [
    { job: 'tunUp', local: config.local, socket, tun },
    { job: 'tunDown', socket, tun },
  ];
};

/** Opens what the role needs, installs its sessions, and says what its threads have to do. */
const prepare = (config: GtpConfig, table: SessionTable): Job[] => {
  if (config.role === 'enodeb') return enodebJobs(config, table);
  if (config.role === 'sgw') return sgwJobs(config, table);
  return pgwJobs(config, table);
};

try {
  const config = gtpConfig(readFields(process.argv[2] ?? ''));
  const table = new SessionTable();
  const counters = new Counters();
  const inputs = prepare(config, table).map((job): WorkerInput => ({
    job,
    sessions: table.memory,
    counters: counters.memory,
  }));
  await startThreads(new URL('worker.ts', import.meta.url), inputs);
  keepStatus(config.status, () => counters.status(table));
  announceReady(config.ready);
} catch (error) {
  fail(error);
}
