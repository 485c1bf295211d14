/** Asks the functions of a lab's LTE core what they know, over their control sockets: no process is started for it. */
import { XiyouError } from '../errors.ts';
import { controlPath } from '../features/epc/config.ts';
import type { EpcSettings } from '../features/epc/settings.ts';
import { type Core, coreOf, fieldsOf, type Telling } from '../journey/core.ts';
import { inconsistenciesOf } from '../journey/core-check.ts';
import { askControl } from '../kernel/control.ts';
import { dumpAddresses } from '../kernel/rtnetlink-read.ts';
import type { Role as LadderRole, Who } from '../ladder/actor.ts';
import type { Topology } from '../topology/topology.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';

const width = 8;
/** Milliseconds that a function has for its answer; it gives it at once or not at all. */
const answerTimeout = 2000;
/** Readings that have to agree before an inconsistency is told: a message that is under way makes one for a moment. */
const readings = 3;

const roleOf = (features: Readonly<Record<string, unknown>>): EpcSettings['role'] | undefined =>
  (features['epc'] as EpcSettings | undefined)?.role;

/** The functions of a topology; none in a lab without an LTE core. */
export const functionsOf = (topology: Topology): readonly Pick<Telling, 'node' | 'role'>[] =>
  topology.nodes.flatMap(({ name, features }) => {
    const role = roleOf(features);
    return role === undefined ? [] : [{ node: name, role }];
  });

/** The nodes that own each address, as the kernel has them now: a phone's is not in the topology. */
export const ownersIn = (lab: Lab): ((address: string) => readonly string[]) => {
  const owners = new Map<string, string[]>();
  for (const { name } of lab.state.topology.nodes) {
    if (!lab.store.exists(name)) continue;
    for (const { address } of dumpAddresses(lab.store.handle(name).netlink)) {
      const bare = address.split('/')[0] ?? address;
      owners.set(bare, [...new Set([...(owners.get(bare) ?? []), name])]);
    }
  }
  return (address) => owners.get(address) ?? [];
};

/** What the core knows now. */
export const askCore = async (lab: Lab): Promise<Core> => {
  const told = await mapLimit(functionsOf(lab.state.topology), width, async ({ node, role }): Promise<Telling> => ({
    ...{ node, role },
    status: await askControl(locate(lab.rootOf(node), controlPath), { do: 'status' }, answerTimeout),
  }));
  return coreOf(told, ownersIn(lab));
};

export interface CoreView {
  readonly core: Core;
  /** What the functions do not agree on, in every one of several readings. */
  readonly inconsistencies: readonly string[];
}

/** What the core knows, and what of it does not fit together. */
export const viewCore = async (lab: Lab): Promise<CoreView> => {
  if (functionsOf(lab.state.topology).length === 0)
    throw new XiyouError('command-line', `lab ${lab.paths.lab} has no LTE core`, {
      hint: 'nodes with the feature epc make one; topologies/lte.yml is an example',
    });
  let core = await askCore(lab);
  let inconsistencies = inconsistenciesOf(core);
  for (let reading = 1; reading < readings && inconsistencies.length > 0; reading += 1) {
    core = await askCore(lab);
    const now = new Set(inconsistenciesOf(core));
    inconsistencies = inconsistencies.filter((text) => now.has(text));
  }
  return { core, inconsistencies };
};

/** The roles as ladders name them. */
const ladderRole = (role: EpcSettings['role']): LadderRole => (role === 'ue' ? 'phone' : role);

/** Who takes part in signalling, for a ladder. */
export const whoIn = (lab: Lab, owners: Who['owners'] = ownersIn(lab)): Who => {
  const roles = new Map(functionsOf(lab.state.topology).map(({ node, role }) => [node, ladderRole(role)]));
  return { owners, role: (node) => roles.get(node) };
};

/** The NAS ciphering algorithm of each phone that has keys, in the phone's own words. */
export const cipheringIn = ({ told }: Core): ReadonlyMap<string, number> =>
  new Map(
    told.flatMap(({ node, role, status }) => {
      const { eea } = fieldsOf(fieldsOf(status)['security']);
      return role === 'ue' && typeof eea === 'number' ? [[node, eea] as const] : [];
    }),
  );
