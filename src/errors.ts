/**
 * Errors for people. Every error has a code from this catalogue, says what happened, where, and what to do.
 * docs/errors.md lists the same codes; a test holds the two together.
 */

/** The process exit codes (README): 1 the lab or a check failed, 2 command line or file is wrong, 3 the machine lacks something. */
export type ExitCode = 1 | 2 | 3;

export const catalogue = {
  'file-unreadable': [2, 'The topology file cannot be read.'],
  'file-invalid': [2, 'The topology file has problems; each is listed with its place.'],
  'configuration-refused': [2, 'FRR does not take a line of a configuration file.'],
  'not-exportable': [2, 'The lab has something that the other tool has no word for.'],
  'command-line': [2, 'The command line is wrong.'],
  'unknown-node': [2, 'No node of the lab has this name.'],
  'unknown-interface': [2, 'The node has no interface of this name.'],
  'unknown-server': [2, 'No load balancer of the lab has a server of this name.'],
  'unknown-link': [2, 'No link joins these two nodes.'],
  'node-stopped': [1, 'The node was stopped on purpose.'],
  'unknown-lab': [2, 'No lab of this name is up.'],
  'which-lab': [2, 'Several labs are up; the command has to say which one it means.'],
  'not-root': [3, 'Labs are made of namespaces, and only root can make those.'],
  'machine-lacks': [3, 'The machine lacks a package or a kernel feature that the lab needs.'],
  'not-possible-here': [3, 'The topology asks for something this kernel cannot do.'],
  'lab-busy': [1, 'Another command is changing this lab.'],
  'name-taken': [1, 'A name the lab needs on this machine belongs to something else.'],
  'kernel-refused': [1, 'The kernel refused an operation.'],
  'command-failed': [1, 'A command in a node failed.'],
  'process-ended': [1, 'A daemon of a node ended while it was being started.'],
  'probe-timeout': [1, "The lab did not become ready before a probe's deadline."],
  'check-failed': [1, 'A check of the topology file failed.'],
  'no-traffic': [1, 'Nothing could be measured: no traffic flows before the event.'],
  'trace-unsound': [1, 'The packets of a trace could not all be explained.'],
  'core-inconsistent': [1, 'The functions of the LTE core do not agree with each other.'],
  interrupted: [1, 'The command was interrupted; the lab is as far as it got.'],
} as const satisfies Record<string, readonly [ExitCode, string]>;

export type ErrorCode = keyof typeof catalogue;

export interface Place {
  /** `file:line:column`, or `node: command`. */
  readonly where?: string | undefined;
  /** What the reader can do about it. */
  readonly hint?: string | undefined;
  /** More lines: a command's stderr, a list of problems. */
  readonly details?: readonly string[] | undefined;
}

/** An error meant for the person at the terminal: printed without a stack. */
export class XiyouError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  constructor(code: ErrorCode, message: string, place: Place = {}) {
    super(message);
    this.name = 'XiyouError';
    this.code = code;
    this.where = place.where;
    this.hint = place.hint;
    this.details = place.details ?? [];
  }
  get exitCode(): ExitCode {
    return catalogue[this.code][0];
  }
}

/** The error as lines of text: what, where, details, what to do. */
export const formatError = (error: XiyouError): string =>
  [
    `error[${error.code}]: ${error.message}`,
    ...(error.where === undefined ? [] : [`  where: ${error.where}`]),
    ...error.details.map((line) => `  ${line}`),
    ...(error.hint === undefined ? [] : [`  what to do: ${error.hint}`]),
  ].join('\n');
