/**
 * The network functions of an LTE network, by name. Each is a folder beside this file: a state machine that takes
 * messages and gives messages, and a thin `start.ts` that joins it to sockets. A function knows the others only by what
 * they send: every number that one learns of another travels in a message of 3GPP.
 */
import type { Field } from '../fields.ts';
import type { Clock } from './clock.ts';

/** What a function gets from the process around it. */
export interface Host {
  readonly clock: Clock;
  /** How often this function has been started here, this time included: what its peers know a restart by. */
  readonly restarts: number;
  /** Something that others wait for has changed: the status file is written now, not within a second. */
  readonly changed: () => void;
  /** A line for people, one for each message sent or received: `S1AP > InitialUEMessage ...`. */
  readonly log: (line: string) => void;
  /** Tells of an error that hinders only one procedure; the function goes on. */
  readonly warn: (error: unknown) => void;
  /** Ends the process: the function cannot go on. */
  readonly fail: (error: unknown) => void;
}

/** What is asked on the control socket: `do` names it, the other members are its parameters. */
export interface ControlRequest {
  readonly do: string;
  readonly [parameter: string]: unknown;
}

/** Whether a parameter is a list of texts. */
export const isListOfText = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** A refusal on the control socket, with the cause that the network gave where there is one. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  /** An EMM, ESM or GTPv2 cause, or a Diameter result; the message says which. */
  readonly causeNumber: number | undefined;
  constructor(message: string, causeNumber?: number) {
    super(message);
    this.causeNumber = causeNumber;
  }
}

/** A function that runs. */
export interface Running {
  /** Contexts, bearers, TEIDs of both sides and counters, as plain JSON: the status file and the answer to `status`. */
  readonly status: () => Readonly<Record<string, unknown>>;
  /**
   * Does what was asked, and resolves with the members of the answer when it is done; undefined when it knows no such
   * request. @throws {ControlError} when it could not be done
   */
  readonly control?: (
    request: ControlRequest,
  ) => Promise<Readonly<Record<string, unknown>> | undefined> | Readonly<Record<string, unknown>> | undefined;
  /** Called at SIGTERM: says good-bye to peers. The process ends when it resolves, and soon in any case. */
  readonly stop?: () => Promise<void> | void;
}

/** Starts a function; resolves when its sockets are open. @throws when the configuration is wrong or a socket fails */
export type Start = (config: Field, host: Host) => Promise<Running>;

/** Loaded one at a time: a process needs the code of its own function only. */
export const functions: Readonly<Record<string, () => Promise<{ readonly start: Start }>>> = {
  ue: () => import('./ue/start.ts'),
  enodeb: () => import('./enodeb/start.ts'),
  mme: () => import('./mme/start.ts'),
  hss: () => import('./hss/start.ts'),
  sgw: () => import('./sgw/start.ts'),
  pgw: () => import('./pgw/start.ts'),
  ocs: () => import('./ocs/start.ts'),
};
