/**
 * The user plane of a node inside a process: sockets, the session table, and the threads that carry packets. A daemon of
 * its own (main.ts) has its sessions from a configuration; a gateway that is told of sessions by signalling installs
 * them in the table while the threads run.
 */
import { startThreads } from '../daemon.ts';
import type { EnodebConfig, GtpConfig, PgwConfig, SgwConfig } from './config.ts';
import { Counters } from './counters.ts';
import type { PlaneEvent, Tell } from './event.ts';
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

export interface Plane {
  /** Only the thread that started the plane may install and remove. */
  readonly table: SessionTable;
  readonly counters: Counters;
}

/**
 * Opens the sockets of a role and starts its threads; resolves when they run. `tell` hears what the control plane has to
 * know; a node without one ignores it. @throws SystemError
 */
export const startPlane = async (config: GtpConfig, tell: Tell = () => undefined): Promise<Plane> => {
  const table = new SessionTable();
  const counters = new Counters();
  const inputs = prepare(config, table).map((job): WorkerInput => ({
    job,
    sessions: table.memory,
    counters: counters.memory,
  }));
  await startThreads(new URL('worker.ts', import.meta.url), inputs, (event) => tell(event as PlaneEvent));
  return { table, counters };
};
