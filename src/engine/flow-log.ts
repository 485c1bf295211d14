/** The records of connections that hypervisors wrote of their machines (`flow-log` of a tenant or a network). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { flowLogPath } from '../kinds/hypervisor/flow-log.ts';
import type { FlowLogRecord } from '../packet/flow-log.ts';
import type { Lab } from './lab.ts';
import { nodeDirectory } from './paths.ts';

/** Where a hypervisor's log lies on the machine. */
const fileOf = (lab: Lab, node: string): string =>
  path.join(nodeDirectory(lab.paths, node), 'log', path.basename(flowLogPath));

/** The older half first; the last line may be half written. */
const linesOf = (file: string): string[] =>
  [`${file}.1`, file]
    .filter((one) => existsSync(one))
    .flatMap((one) => readFileSync(one, 'utf8').split('\n').slice(0, -1));

/** Whether anything is logged in a lab. */
export const keepsFlowLog = (lab: Lab): boolean => lab.state.topology.networks.some(({ flowLog }) => flowLog === true);

/** All records, in the order in which the connections began. */
export const readFlowLog = (lab: Lab): FlowLogRecord[] =>
  lab.state.topology.nodes
    .filter(({ kind }) => kind === 'hypervisor')
    .flatMap(({ name }) => linesOf(fileOf(lab, name)).map((line) => JSON.parse(line) as FlowLogRecord))
    .sort((a, b) => a.start.localeCompare(b.start) || a.end.localeCompare(b.end));
