/**
 * What the functions of a core believe of each other, and whether it is so. A tunnel has two ends, and each knows the
 * other by a TEID that came in a message: an end that sends to a TEID which the other side does not have is a bearer
 * that carries nothing, however well both look alone.
 */
import { type Core, type CorePhone, fieldsOf, listOf, otherEnd, type TunnelEnd } from './core.ts';
import { hex } from './stack.ts';

const nameOf = ({ phones }: Core, imsi: string | undefined): string =>
  phones.find((phone) => phone.imsi === imsi)?.node ?? imsi ?? 'a phone that nobody names';

const told = ({ learntFrom }: TunnelEnd): string => (learntFrom === undefined ? '' : ` (told in ${learntFrom})`);

/** One end against the one that it leads to. */
const endProblem = (core: Core, end: TunnelEnd): string | undefined => {
  const { node, name, local, remote, peer } = end;
  if (remote === undefined || peer === undefined) return undefined;
  const nodes = core.owners(peer);
  const [peerNode = peer] = nodes;
  const of = `${name} of ${nameOf(core, end.imsi)}`;
  // Who does not answer says nothing wrong; that is told once, for all its tunnels.
  if (core.told.some((one) => nodes.includes(one.node) && one.status === undefined)) return undefined;
  const other = otherEnd(core, end);
  if (other === undefined)
    return `${of}: ${node} sends to TEID ${hex(remote)} at ${peerNode}${told(end)}, and ${peerNode} has no such tunnel`;
  if (other.remote === undefined)
    return `${of}: ${node} has a tunnel to ${peerNode}, and ${peerNode} knows no other end for it`;
  const back = core.owners(other.peer ?? '');
  if (other.remote !== local || !back.includes(node))
    return `${of}: ${node} has TEID ${hex(local)}, and ${peerNode} sends to TEID ${hex(other.remote)} at ${back[0] ?? other.peer ?? 'nobody'}${told(other)}`;
  return undefined;
};

/** What the phone, the MME and the PGW say of one connection. */
const phoneProblems = (phone: CorePhone): string[] => {
  const who = phone.node ?? phone.imsi;
  const { ue, mme, pgw } = phone.addresses;
  const registered = phone.state === 'registered';
  return [
    ...(phone.own === 'registered' && !registered
      ? [
          `${who} says it is registered, and the MME ${phone.state === undefined ? 'does not know it' : `says ${phone.state}`}`,
        ]
      : []),
    ...(mme !== undefined && pgw === undefined ? [`${who} has ${mme} at the MME, and no session at the PGW`] : []),
    ...(pgw !== undefined && mme === undefined ? [`${who} has ${pgw} at the PGW, and no session at the MME`] : []),
    ...(mme !== undefined && pgw !== undefined && mme !== pgw
      ? [`${who} has ${mme} at the MME, and ${pgw} at the PGW`]
      : []),
    ...(ue !== undefined && pgw !== undefined && ue !== pgw ? [`${who} uses ${ue}, and the PGW gave it ${pgw}`] : []),
  ];
};

/** Connections on S1: both sides number them, and both have to have both numbers. */
const connectionProblems = (core: Core): string[] => {
  const contexts = core.told
    .filter(({ role }) => role === 'enodeb')
    .flatMap(({ node, status }) =>
      listOf(fieldsOf(status)['phones']).map((context): Readonly<Record<string, unknown>> => ({
        node,
        name: fieldsOf(status)['name'],
        ...context,
      })),
    );
  const silent = new Set(core.told.filter(({ status }) => status === undefined).map(({ node }) => node));
  const atMme = core.told
    .filter(({ role }) => role === 'mme')
    .flatMap(({ status }) => listOf(fieldsOf(status)['phones']));
  return atMme.flatMap((phone) => {
    const { mmeUeId, enbUeId } = fieldsOf(phone['s1']);
    const enodeb = String(phone['enodeb']);
    if (mmeUeId === undefined || silent.has(enodeb)) return [];
    const known = contexts.some(({ name, enbId, mmeId }) => name === enodeb && enbId === enbUeId && mmeId === mmeUeId);
    const who = nameOf(core, String(phone['imsi']));
    return known ? [] : [`${who} is connected over ${enodeb} for the MME, and ${enodeb} has no such connection`];
  });
};

/** Credit sessions: the PGW opened each, and the OCS holds quota for each. */
const creditProblems = (core: Core): string[] => {
  const of = (role: string) => core.told.filter((one) => one.role === role && one.status !== undefined);
  if (of('pgw').length === 0 || of('ocs').length === 0) return [];
  const charged = of('pgw')
    .flatMap(({ status }) => listOf(fieldsOf(status)['sessions']))
    .map((session) => [String(fieldsOf(session['charging'])['session']), String(session['imsi'])] as const);
  const held = of('ocs')
    .flatMap(({ status }) => listOf(fieldsOf(status)['sessions']))
    .map((session) => [String(session['id']), String(session['imsi'])] as const);
  const [ours, theirs] = [new Map(charged), new Map(held)];
  return [
    ...held.flatMap(([id, imsi]) =>
      ours.has(id) ? [] : [`the OCS reserves credit of ${nameOf(core, imsi)} for session ${id}, which no PGW has`],
    ),
    ...charged.flatMap(([id, imsi]) =>
      theirs.has(id) ? [] : [`the PGW charges ${nameOf(core, imsi)} to session ${id}, which the OCS does not have`],
    ),
  ];
};

/** Everything that the functions do not agree on, as sentences; empty when all is well. */
export const inconsistenciesOf = (core: Core): string[] => [
  ...new Set([
    ...core.told.flatMap(({ node, role, status }) =>
      status === undefined ? [`${node} (${role}) does not answer`] : [],
    ),
    ...core.enodebs.flatMap(({ node, known, s1 }) =>
      s1 === 'up' && !known ? [`${node} says that S1 is up, and no MME knows it`] : [],
    ),
    ...core.ends.flatMap((end) => endProblem(core, end) ?? []),
    ...core.phones.flatMap(phoneProblems),
    ...connectionProblems(core),
    ...creditProblems(core),
  ]),
];
