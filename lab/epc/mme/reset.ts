/**
 * Reset of S1 (3GPP TS 36.413, 8.7.1): one side has lost its memory, or an operator says so, and both forget the
 * connections of phones, or the ones that are named. The phones are idle then; their sessions stay.
 */
import { type Cause, type Ies, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Connection } from './connection.ts';
import type { Core } from './core.ts';
import type { Enodeb } from './enodeb.ts';
import { loseConnection } from './release.ts';

type ResetType = Ies<'Reset'>['ResetType'];

const operator: Cause = { misc: 'om-intervention' };

const lose = (core: Core, connections: Iterable<Connection>, reason: string): void => {
  for (const connection of connections) loseConnection(core, connection, reason).catch(core.ports.warn);
};

/** The eNodeB has reset S1; it gets its answer. */
export const serveReset = (core: Core, enodeb: Enodeb, type: ResetType): void => {
  const parts = type['partOfS1-Interface'];
  const isMeant = ({ mmeId, enbId }: Connection): boolean =>
    parts === undefined || parts.some((part) => part['mME-UE-S1AP-ID'] === mmeId || part['eNB-UE-S1AP-ID'] === enbId);
  lose(core, [...enodeb.connections.values()].filter(isMeant), 'the eNodeB has reset S1');
  // The list is the request's: what is not known here is not connected either (8.7.1.2.2).
  const list =
    parts === undefined
      ? {}
      : { 'UE-associatedLogicalS1-ConnectionListResAck': parts.map(({ criticality: _, ...item }) => item) };
  enodeb.send(s1ap('ResetAcknowledge', list), 0);
};

/** S1 Setup erases what there was before (8.7.3.1), also over another association that nobody has ended. */
export const beginAnew = (core: Core, enodeb: Enodeb): void =>
  lose(core, enodeb.connections.values(), 'the eNodeB has set up S1 anew');

/**
 * Resets S1 with an eNodeB.
 *
 * @param imsis the phones whose connections are meant; all when absent
 * @returns how many connections are gone, and whether the eNodeB has acknowledged in time
 */
export const resetEnodeb = (
  core: Core,
  enodeb: Enodeb,
  imsis: readonly string[] | undefined,
): Promise<{ readonly connections: number; readonly acknowledged: boolean }> => {
  const all = [...enodeb.connections.values()];
  const meant =
    imsis === undefined ? all : all.filter(({ phone }) => phone !== undefined && imsis.includes(phone.imsi));
  const named = meant.map(({ mmeId, enbId }) => ({ 'mME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId }));
  const type: ResetType = imsis === undefined ? { 's1-Interface': 'reset-all' } : { 'partOfS1-Interface': named };
  // A list of nobody cannot be written, and asks for nothing.
  if (imsis !== undefined && named.length === 0) return Promise.resolve({ connections: 0, acknowledged: true });
  return new Promise((resolve) => {
    const done = (acknowledged: boolean): void => {
      cancel();
      enodeb.resetDone = () => undefined;
      resolve({ connections: meant.length, acknowledged });
    };
    const cancel = core.ports.clock.after(core.config.timers.s1, () => done(false));
    enodeb.resetDone = () => done(true);
    enodeb.send(s1ap('Reset', { Cause: operator, ResetType: type }), 0);
    lose(core, meant, 'the MME has reset S1');
  });
};
