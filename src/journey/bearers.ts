/**
 * The GTP-U tunnels of an LTE network, from what its functions say of themselves (the answer to `status`): an eNodeB
 * and a PGW hold one end of a phone's tunnel, a SGW holds one of each side. A phone is known by its IMSI, or on the
 * radio by its address.
 */
import type { Rewrite } from '../fragment/fragment.ts';
import type { Topology } from '../topology/topology.ts';

/** What one node said; undefined when it did not answer. */
export interface Told {
  readonly node: string;
  readonly status: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One end of a tunnel: its own TEID, that of the other end, and who that is. */
interface End {
  readonly name: 'S1-U' | 'S5/S8-U';
  readonly phone: string;
  readonly local: unknown;
  readonly remote: unknown;
  readonly peer: unknown;
}

const endsOf = (status: Fields): End[] => [
  ...listOf(status['phones']).flatMap((phone) =>
    listOf(phone['bearers']).map(({ teidIn, teidOut, peer }): End => ({
      ...{ name: 'S1-U', phone: textOf(phone['phone']) },
      ...{ local: teidIn, remote: teidOut, peer },
    })),
  ),
  ...listOf(status['sessions']).flatMap((session): End[] => {
    const phone = textOf(session['imsi']);
    const side = (name: End['name'], ends: unknown): End[] => {
      const { local, remote, peer } = fieldsOf(fieldsOf(ends)['user']);
      return local === undefined ? [] : [{ name, phone, local, remote, peer }];
    };
    return [...side('S1-U', session['s1u']), ...side('S5/S8-U', session['s5'])];
  }),
];

/** The tunnels that nodes hold, as rewrites of theirs. Ends without another end, as of an idle phone, are left out. */
export const bearerRewrites = (told: readonly Told[], topology: Topology): Rewrite[] => {
  const names = new Map<string, string>();
  for (const { node, status } of told) names.set(textOf(fieldsOf(status)['imsi']), node);
  for (const { name, interfaces } of topology.nodes)
    for (const own of interfaces) for (const cidr of own.addresses) names.set(cidr.split('/', 1)[0] ?? cidr, name);
  return told.flatMap(({ node, status }) =>
    endsOf(fieldsOf(status)).flatMap(({ name, phone, local, remote, peer }): Rewrite[] => {
      if (typeof local !== 'number' || typeof remote !== 'number' || typeof peer !== 'string') return [];
      const note = `${name} tunnel of ${names.get(phone) ?? phone}`;
      const end = { rewrite: 'gtpu', node, peer, note } as const;
      return [
        { ...end, teid: local, direction: 'in' },
        { ...end, teid: remote, direction: 'out' },
      ];
    }),
  );
};
