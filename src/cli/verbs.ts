/** Every verb of the command: one file and one line each, in the order of the help. */
import type { Command } from 'commander';
import { balancer } from './verbs/balancer.ts';
import { capture } from './verbs/capture.ts';
import { check } from './verbs/check.ts';
import { completion } from './verbs/completion.ts';
import { converge } from './verbs/converge.ts';
import { convert } from './verbs/convert.ts';
import { doctor } from './verbs/doctor.ts';
import { down } from './verbs/down.ts';
import { epc } from './verbs/epc.ts';
import { exec } from './verbs/exec.ts';
import { exportVerb } from './verbs/export.ts';
import { graph } from './verbs/graph.ts';
import { link } from './verbs/link.ts';
import { logs } from './verbs/logs.ts';
import { node } from './verbs/node.ts';
import { plan } from './verbs/plan.ts';
import { ps } from './verbs/ps.ts';
import { shell } from './verbs/shell.ts';
import { trace } from './verbs/trace.ts';
import { up } from './verbs/up.ts';
import { validate } from './verbs/validate.ts';
import { vpc } from './verbs/vpc.ts';
import { why } from './verbs/why.ts';

export const verbs: readonly ((program: Command) => void)[] = [
  up,
  down,
  plan,
  validate,
  ps,
  exec,
  shell,
  capture,
  trace,
  why,
  epc,
  vpc,
  balancer,
  check,
  link,
  node,
  converge,
  logs,
  graph,
  convert,
  exportVerb,
  doctor,
  completion,
];
