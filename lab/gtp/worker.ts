/** A thread that carries one direction of traffic; see jobs.ts. */
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { Counters } from './counters.ts';
import { type Job, runJob } from './jobs.ts';
import { SessionTable } from './session-table.ts';

export interface WorkerInput {
  readonly job: Job;
  readonly sessions: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

const { job, sessions, counters } = workerData as WorkerInput;
const table = new SessionTable(sessions);
parentPort?.postMessage('started');
// A thread that blocks does not exit as Node would have it (daemon.ts).
flushCompileCache();
runJob(job, table, new Counters(counters), (event) => parentPort?.postMessage(event));
