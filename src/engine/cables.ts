/** What the cables of impaired links have dropped, by their own counters. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { DropCounter } from '../journey/evidence.ts';
import { signal } from '../kernel/pid.ts';
import { cableName, cablePorts, cableStatusPath } from '../plan/links.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { eventually } from '../kernel/wait.ts';
import { readRecords } from './state.ts';

/** Milliseconds a cable may take to write its counters when it is asked to. */
const statusDeadline = 1000;

/** Asks a cable for its counters as they are now, and returns its status; undefined when it does not run. */
const statusOf = async (lab: Lab, cable: string): Promise<Record<string, Record<string, unknown>> | undefined> => {
  const file = locate(lab.rootOf(cable), cableStatusPath);
  const written = (): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const before = written();
  const asked = readRecords(lab.paths).some(
    (record) => record.record === 'process' && record.node === cable && signal(record, 'SIGUSR1'),
  );
  if (!asked) return undefined;
  await eventually(() => (written() > before ? true : undefined), statusDeadline);
  return existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, unknown>>)
    : undefined;
};

/** Frames that each direction of each cable has dropped, by `cable direction`. */
export const cableDrops = async (lab: Lab): Promise<Map<string, number>> => {
  const drops = new Map<string, number>();
  for (const index of lab.state.topology.links.keys()) {
    const cable = cableName(index);
    const status = lab.store.exists(cable) ? await statusOf(lab, cable) : undefined;
    for (const [way, counters] of Object.entries(status ?? {})) {
      const lost = Object.entries(counters).map(([name, value]) =>
        name === 'passed' || typeof value !== 'number' ? 0 : value,
      );
      drops.set(
        `${cable} ${way}`,
        lost.reduce((sum, value) => sum + value, 0),
      );
    }
  }
  return drops;
};

/** Losses on cables, told as the sending node's: it is the last that was seen to have the packet. */
export const cableEvidence = async (
  lab: Lab,
  before: ReadonlyMap<string, number>,
): Promise<Map<string, DropCounter[]>> => {
  const found = new Map<string, DropCounter[]>();
  for (const [key, packets] of await cableDrops(lab)) {
    const lost = packets - (before.get(key) ?? 0);
    const [cable = '', from] = key.split(' ');
    const link = lab.state.topology.links[Number(cable.replace(/\D/gu, ''))];
    const end = link?.ends[from === cablePorts[0] ? 0 : 1];
    if (lost <= 0 || end === undefined) continue;
    found.set(end.node, [
      ...(found.get(end.node) ?? []),
      { by: 'queue', rule: `impairment of ${end.node}:${end.interface}`, interface: end.interface, packets: lost },
    ]);
  }
  return found;
};
