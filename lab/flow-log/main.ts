/**
 * The flow log of a hypervisor: `node lab/flow-log/main.ts CONFIG`. Open vSwitch reports by IPFIX, once a second, what the
 * guards of its machines let through and what they held back; here that becomes a line for each connection.
 */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { announceReady, fail } from '../daemon.ts';
import { readConfig } from './config.ts';
import { Connections } from './connections.ts';
import { IpfixReader } from './ipfix.ts';
import type { FlowLogRecord } from '../../src/packet/flow-log.ts';

/** Milliseconds between two looks at what is over. */
const SETTLE = 500;
/** Octets of a log; then it becomes FILE.1, and what that was is gone. */
const LARGEST = 64 * 2 ** 20;
/** Octets of reports that may wait for a busy program. */
const BUFFER = 4 * 2 ** 20;

/**
 * Tells the switch where to report. It is this program that does: it listens by then, on a port that it has only just got, and
 * a switch that is told of a new collector sends the templates again.
 */
const register = async (bridge: string, port: number): Promise<void> => {
  await promisify(execFile)('ovs-vsctl', [
    '--timeout=30',
    ...['--', '--all', 'destroy', 'Flow_Sample_Collector_Set'],
    ...['--', '--all', 'destroy', 'IPFIX'],
    ...['--', '--id=@bridge', 'get', 'bridge', bridge],
    // cache_active_timeout: seconds after which a flow is reported (ovs-vswitchd.conf.db(5)).
    ...['--', '--id=@ipfix', 'create', 'IPFIX', `targets="127.0.0.1:${port}"`],
    ...['cache_active_timeout=1', 'cache_max_flows=65536'],
    ...['--', 'create', 'Flow_Sample_Collector_Set', 'id=1', 'bridge=@bridge', 'ipfix=@ipfix'],
  ]);
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

const run = (file: string): void => {
  const config = readConfig(file);
  mkdirSync(path.dirname(config.log), { recursive: true });
  let lines: string[] = [];
  let size = sizeOf(config.log);
  const write = (record: FlowLogRecord): void => void lines.push(`${JSON.stringify(record)}\n`);
  const flush = (): void => {
    if (lines.length === 0) return;
    const text = lines.join('');
    lines = [];
    if (size + text.length > LARGEST) {
      renameSync(config.log, `${config.log}.1`);
      size = 0;
    }
    appendFileSync(config.log, text);
    size += Buffer.byteLength(text);
  };
  const reader = new IpfixReader();
  const connections = new Connections(config.hypervisor, config.points, write);
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER });
  socket.on('message', (message) => connections.add(reader.read(message), performance.now()));
  socket.on('error', fail);
  process.on('SIGHUP', () => {
    try {
      connections.replace(readConfig(file).points);
    } catch (error) {
      // What is known stays; the machines have no part in a mistake of the file.
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  });
  setInterval(() => {
    connections.settle(performance.now());
    flush();
  }, SETTLE);
  process.on('SIGTERM', () => {
    connections.flush();
    flush();
    process.exit(0);
  });
  // Nobody but this machine's switch is heard.
  socket.bind(0, '127.0.0.1', () => {
    register(config.bridge, socket.address().port).then(() => announceReady(config.ready), fail);
  });
};

try {
  run(process.argv[2] ?? '');
} catch (error) {
  fail(error);
}
