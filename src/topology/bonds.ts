/**
 * Bonds: links of one machine that are one to it (IEEE 802.1AX), each to another member of one stack. What can be wrong
 * with them is seen at the links as written.
 */
import { type End, type ReadLink, defaultMtu } from './ends.ts';
import { reserved } from './names.ts';
import type { Problem } from './problem.ts';
import type { ResolveKind } from './registry.ts';

const at = (end: End, message: string, hint: string): Problem => ({
  code: 'not-sensible',
  path: [...end.path, 'bond'],
  message,
  hint,
});

/** An end that cannot be a member of any bond, whatever the others are. */
const memberProblem = (end: End, kind: ResolveKind): Problem | undefined => {
  if (kind.bonds?.includes(end.role) !== true)
    return at(
      end,
      kind.bonds === undefined
        ? `${end.node} is a ${kind.kind}, and cannot bond its links`
        : `this link of ${end.node} is not of its underlay, and cannot be in a bond`,
      'bonds join the underlay links of hypervisors',
    );
  if (end.bond !== undefined && reserved.includes(end.bond))
    return at(end, `"${end.bond}" is a name that nodes use themselves`, 'call the bond bond0');
  if (end.peer.role !== 'access')
    return at(
      end,
      `${end.peer.node} has no server's port here: nobody there speaks LACP with ${end.node}`,
      'a bond leads to the members of a stack: nodes of kind stack, without addresses at their ends',
    );
  return undefined;
};

/** What the members of one bond have to have in common. */
const groupProblems = (members: readonly End[], links: readonly ReadLink[]): Problem[] => {
  const [first] = members;
  if (first === undefined) return [];
  const name = `${first.bond ?? ''} of ${first.node}`;
  if (members.length === 1)
    return [
      at(
        first,
        `${name} has one member only`,
        'write the same bond at another link, or leave it out: it protects nothing',
      ),
    ];
  const switches = new Map<string, End>();
  let addressed: End | undefined;
  return members.flatMap((end): Problem[] => {
    const same = switches.get(end.peer.node);
    switches.set(end.peer.node, end);
    const before = addressed;
    if ((end.fixedAddresses?.length ?? 0) > 0) addressed ??= end;
    const mtu = (of: End): number => links[of.link]?.mtu ?? defaultMtu;
    if (end.peer.stack?.stack !== first.peer.stack?.stack)
      return [
        at(
          end,
          `${name} leads to stack ${first.peer.stack?.stack ?? ''} and to stack ${end.peer.stack?.stack ?? ''}`,
          'all members of a bond lead to members of one stack',
        ),
      ];
    if (same !== undefined)
      return [
        at(
          end,
          `${name} has two links to ${end.peer.node}`,
          'one link to each member of the stack: the others protect nothing',
        ),
      ];
    if (mtu(end) !== mtu(first))
      return [
        at(
          end,
          `${name} has an MTU of ${mtu(first)} at ${first.peer.node} and of ${mtu(end)} at ${end.peer.node}`,
          'give all links of a bond the same mtu',
        ),
      ];
    if (before !== undefined && (end.fixedAddresses?.length ?? 0) > 0)
      return [
        {
          code: 'not-sensible',
          path: [...end.path, 'addresses'],
          message: `${name} has its addresses at the link to ${before.peer.node} already`,
          hint: 'a bond is one interface: write all of its addresses at one of its links',
        },
      ];
    return [];
  });
};

/** Everything that is wrong with the bonds of a file. */
export const bondProblems = (
  { ends, links }: { readonly ends: readonly End[]; readonly links: readonly ReadLink[] },
  nodeKind: (node: string) => ResolveKind,
): Problem[] => {
  const members = ends.filter(({ bond }) => bond !== undefined);
  const alone = members.flatMap((end) => memberProblem(end, nodeKind(end.node)) ?? []);
  if (alone.length > 0) return alone;
  return [...Map.groupBy(members, ({ node, bond }) => `${node} ${bond ?? ''}`).values()].flatMap((group) =>
    groupProblems(group, links),
  );
};
