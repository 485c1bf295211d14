/**
 * The user plane of a node inside a process: sockets, the session table, the threads that carry packets, and the programs
 * before them where the machine can have them. A daemon of its own (main.ts) has its sessions from a configuration;
 * a gateway that is told of sessions by signalling installs them while the threads run.
 */
import { startThreads } from '../daemon.ts';
import { FastPath, type FastPorts } from './bpf/fast-path.ts';
import {
  type CellConfig,
  type DataPathChoice,
  type EnodebConfig,
  type GtpConfig,
  NO_TEID,
  type PgwConfig,
  type Session,
  type SgwConfig,
} from './config.ts';
import { type Count, Counters, type Direction } from './counters.ts';
import type { DataPath, DataPathKind } from './data-path.ts';
import { sendTo } from './endpoint.ts';
import type { DownlinkData, PlaneEvent } from './event.ts';
import type { Job, RadioPort } from './jobs.ts';
import { SessionTable } from './session-table.ts';
import { endMarker, HEADER_LENGTH, writeGpduHeader } from './message.ts';
import { gtpuAddress, openGtpuSocket, openRadio, openTun } from './sockets.ts';
import type { WorkerInput } from './worker.ts';

/** What a role has opened: what its threads have to do, and where programs can go before them. */
interface Prepared {
  readonly jobs: readonly Job[];
  readonly ports: FastPorts;
  /** The socket towards the phones, of a gateway. */
  readonly access?: number;
}

const enodeb = (config: EnodebConfig, table: SessionTable): Prepared => {
  const socket = openGtpuSocket(config.local);
  const opened = config.radios.map((radio) => {
    const { interface: device, mac: phoneMac, gateway, gateway6 } = radio;
    const port: RadioPort = { slot: table.install(radio.session), ...openRadio(device), phoneMac, gateway, gateway6 };
    return { device, port };
  });
  const radios = opened.map(({ port }) => port);
  return {
    jobs: [
      { job: 'radioDown', radios, local: config.local, socket },
      ...radios.map((radio): Job => ({ job: 'radioUp', radio, socket })),
    ],
    ports: {
      role: 'enodeb',
      core: config.local,
      radios: opened.map(({ device, port }) => ({ device, socket: port.socket })),
      radioOf: (slot) => {
        const radio = opened.find(({ port }) => port.slot === slot);
        return radio && { device: radio.device, mac: radio.port.mac, phone: radio.port.phoneMac };
      },
    },
  };
};

const cell = ({ local, radio: device }: CellConfig): Prepared => {
  const socket = openGtpuSocket(local);
  const { socket: radio, mac } = openRadio(device);
  return {
    jobs: [
      { job: 'cellUp', radio, mac, socket },
      { job: 'cellDown', radio, mac, local, socket },
    ],
    ports: {
      role: 'enodeb',
      core: local,
      radios: [{ device, socket: radio }],
      radioOf: (_, session) => (session.mac === undefined ? undefined : { device, mac, phone: session.mac }),
    },
  };
};

const sgw = (config: SgwConfig, table: SessionTable): Prepared => {
  const access = openGtpuSocket(config.access);
  const core = openGtpuSocket(config.core);
  for (const session of config.sessions) table.install(session);
  return {
    jobs: [
      { job: 'relay', side: 'access', local: config.access, socket: access, out: core },
      { job: 'relay', side: 'core', local: config.core, socket: core, out: access },
    ],
    ports: { role: 'sgw', access: config.access, core: config.core, radios: [] },
    access,
  };
};

const pgw = (config: PgwConfig, table: SessionTable): Prepared => {
  const socket = openGtpuSocket(config.local);
  const tun = openTun(config.tun);
  for (const session of config.sessions) table.install(session);
  return {
    jobs: [
      { job: 'tunUp', local: config.local, socket, tun },
      { job: 'tunDown', socket, tun },
    ],
    ports: { role: 'pgw', access: config.local, radios: [], tun: { device: config.tun, descriptor: tun } },
  };
};

export type PlaneConfig = GtpConfig | CellConfig;

/** Opens what the role needs and installs its sessions. */
const prepare = (config: PlaneConfig, table: SessionTable): Prepared => {
  if (config.role === 'enodeb') return enodeb(config, table);
  if (config.role === 'cell') return cell(config);
  if (config.role === 'sgw') return sgw(config, table);
  return pgw(config, table);
};

/** The programs, or why there are none. @throws Error when they were demanded and cannot be had */
const before = async (
  choice: DataPathChoice,
  ports: FastPorts,
): Promise<{ readonly path?: FastPath; readonly dataPath: DataPathKind }> => {
  if (choice === 'threads') return { dataPath: { kind: 'threads', reason: 'configured' } };
  try {
    return { path: await FastPath.open(ports), dataPath: { kind: 'bpf' } };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (choice === 'bpf') throw new Error(`config: dataPath: bpf cannot be had: ${reason}`, { cause: error });
    return { dataPath: { kind: 'threads', reason } };
  }
};

/**
 * Opens the sockets of a role and starts what carries its packets; resolves when it runs. `tell` hears what the control
 * plane has to know; a node without one ignores it. `waits` gets the packets for idle phones. @throws SystemError
 */
export const startPlane = async (
  config: PlaneConfig,
  tell: (event: PlaneEvent) => void = () => undefined,
  waits: (packet: DownlinkData) => void = () => undefined,
): Promise<DataPath> => {
  const table = new SessionTable();
  const counters = new Counters();
  const { jobs, ports, access } = prepare(config, table);
  const { path, dataPath } = await before(config.dataPath ?? 'auto', ports);
  await startThreads(
    new URL('worker.ts', import.meta.url),
    jobs.map((job): WorkerInput => ({ job, sessions: table.memory, counters: counters.memory })),
    (message) => {
      const event = message as PlaneEvent | DownlinkData;
      if (event.event === 'downlinkData') waits(event);
      else tell(event);
    },
  );
  for (const { slot, session } of table.entries()) path?.put(slot, session);

  const count = (slot: number, direction: Direction): Count => {
    const slow = counters.count(slot, direction);
    const fast = path?.count(slot, direction) ?? { packets: 0, octets: 0 };
    return { packets: slow.packets + fast.packets, octets: slow.octets + fast.octets };
  };
  return {
    dataPath,
    install: (session: Session) => {
      const slot = table.install(session);
      path?.put(slot, session);
      return slot;
    },
    replace: (slot, session) => {
      table.replace(slot, session);
      path?.put(slot, session);
    },
    remove: (slot) => {
      path?.remove(slot);
      table.remove(slot);
    },
    endTunnel: ({ teidOut, peer }) => {
      if (access === undefined || teidOut === NO_TEID) return;
      // Who does not hear of it waits a little longer: nothing depends on its arrival.
      const octets = endMarker(teidOut);
      sendTo(access, octets, gtpuAddress(peer), counters);
    },
    deliver: (slot, { teidOut, peer }, packets) => {
      if (access === undefined || teidOut === NO_TEID) return;
      const address = gtpuAddress(peer);
      for (const packet of packets) {
        const octets = Buffer.alloc(HEADER_LENGTH + packet.length);
        writeGpduHeader(octets, 0, teidOut, packet.length);
        octets.set(packet, HEADER_LENGTH);
        sendTo(access, octets, address, counters);
        counters.packet(slot, 'down', packet.length);
      }
    },
    count,
    happened: (event) => counters.happened(event),
    status: () => ({
      dataPath: { ...dataPath, carried: path?.carried },
      sessions: table
        .entries()
        .map(({ slot, session }) => ({ ...session, up: count(slot, 'up'), down: count(slot, 'down') })),
      events: counters.events,
    }),
    close: () => path?.close(),
  };
};
