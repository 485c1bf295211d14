/**
 * Business relations between autonomous systems. A person writes one at one end of one link, `{node: a, relation:
 * customer}`: what the system at this end is to the one at the other end. Two systems have one relation, however many
 * links they share, so writing it once is enough; two statements that do not agree are a problem, and so is a ring of
 * systems that each pay the next, in which no order of preferences has to come to rest (Gao and Rexford, 2001).
 */
import { pathText } from './problem.ts';
import type { Path, Problem } from './problem.ts';
import type { Endpoint, Node, Relation, Topology } from './topology.ts';

/** What the other side is, when this side is `relation`. */
export const inverse: Readonly<Record<Relation, Relation>> = {
  customer: 'provider',
  peer: 'peer',
  provider: 'customer',
};

/** AS number -> AS number -> what the first is to the second. Both directions are there. */
export type Relations = ReadonlyMap<number, ReadonlyMap<number, Relation>>;

/** One end that says what its system is to another one. */
interface Statement {
  readonly end: Endpoint;
  readonly asn: number;
  readonly other: number;
  readonly relation: Relation;
}

/** An end with a relation, and the systems on its segment that it speaks of. */
interface Claim {
  readonly node: Node;
  readonly end: Endpoint;
  readonly relation: Relation;
  readonly others: readonly number[];
}

const claims = (topology: Topology): Claim[] => {
  const asns = new Map(topology.nodes.map((node) => [node.name, node.asn]));
  return topology.nodes.flatMap((node) =>
    node.interfaces.flatMap((own): Claim[] => {
      if (own.relation === undefined) return [];
      const around = (topology.segments[own.segment]?.members ?? []).flatMap((member) => asns.get(member.node) ?? []);
      const others = [...new Set(around)].filter((asn) => asn !== node.asn);
      return [{ node, end: { node: node.name, interface: own.name }, relation: own.relation, others }];
    }),
  );
};

const statementsOf = (claim: Claim): Statement[] => {
  const { asn } = claim.node;
  return asn === undefined
    ? []
    : claim.others.map((other) => ({ end: claim.end, asn, other, relation: claim.relation }));
};

const computed = new WeakMap<Topology, Relations>();

/** The relations that the links of a topology say. Worked out once. */
export const relationsOf = (topology: Topology): Relations => {
  const known = computed.get(topology);
  if (known !== undefined) return known;
  const relations = new Map<number, Map<number, Relation>>();
  const note = (asn: number, other: number, relation: Relation): void => {
    const row = relations.get(asn) ?? new Map<number, Relation>();
    relations.set(asn, row.set(other, relation));
  };
  for (const { asn, other, relation } of claims(topology).flatMap(statementsOf)) {
    note(asn, other, relation);
    note(other, asn, inverse[relation]);
  }
  computed.set(topology, relations);
  return relations;
};

/** A ring of systems in which each is a customer of the next, or undefined. */
export const customerRing = (relations: Relations): number[] | undefined => {
  const done = new Set<number>();
  const climb = (asn: number, below: readonly number[]): number[] | undefined => {
    const at = below.indexOf(asn);
    if (at >= 0) return below.slice(at);
    if (done.has(asn)) return undefined;
    for (const [other, relation] of relations.get(asn) ?? []) {
      const ring = relation === 'customer' ? climb(other, [...below, asn]) : undefined;
      if (ring !== undefined) return ring;
    }
    done.add(asn);
    return undefined;
  };
  for (const asn of relations.keys()) {
    const ring = climb(asn, []);
    if (ring !== undefined) return ring;
  }
  return undefined;
};

/** What is wrong with the relations of a topology's links. `pathOf` says where an end is written. */
export const relationProblems = (topology: Topology, pathOf: (end: Endpoint) => Path): Problem[] => {
  const all = claims(topology);
  const lonely = all
    .filter(({ node, others }) => node.asn === undefined || others.length === 0)
    .map(({ node, end }): Problem => ({
      code: 'relation-of-one',
      path: [...pathOf(end), 'relation'],
      message:
        node.asn === undefined
          ? `${node.name} is in no autonomous system, so it has no relation to one`
          : `a relation is between two autonomous systems, and there is only AS ${String(node.asn)} on this link`,
      hint: node.asn === undefined ? `give ${node.name} an asn` : 'remove it, or give the other end an asn of its own',
    }));
  const first = new Map<string, Statement>();
  const statements = all.flatMap(statementsOf);
  const conflicts = statements.flatMap((statement): Problem[] => {
    const { asn, other, relation } = statement;
    const key = [asn, other].toSorted((a, b) => a - b).join(' ');
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, statement);
      return [];
    }
    const meant = before.asn === asn ? before.relation : inverse[before.relation];
    if (meant === relation) return [];
    return [
      {
        code: 'relation-conflict',
        path: [...pathOf(statement.end), 'relation'],
        message: `AS ${asn} is a ${relation} of AS ${other} here, but a ${meant} of it by ${pathText([...pathOf(before.end), 'relation'])}`,
        hint: 'two systems have one relation, and saying it at one end of one link is enough',
      },
    ];
  });
  const ring = conflicts.length > 0 ? undefined : customerRing(relationsOf(topology));
  const [lowest] = ring ?? [];
  const closing = statements.find(({ asn, other }) => ring?.includes(asn) === true && ring.includes(other));
  return [
    ...lonely,
    ...conflicts,
    ...(ring === undefined || closing === undefined
      ? []
      : [
          {
            code: 'relation-ring',
            path: [...pathOf(closing.end), 'relation'],
            message: `each of these systems is a customer of the next: ${[...ring, lowest].map(String).join(', ')}`,
            hint: 'somebody must be at the top: make one of them a peer',
          },
        ]),
  ];
};
