/**
 * The LTE core as its functions tell it: phones, base stations, sessions, and both ends of every tunnel. Each function
 * knows its own part (the answer to `status`, lab/epc); here the parts are joined by what they share: an IMSI, a TEID,
 * an address. What they say is taken as it is, and members that are missing are left out.
 */

/** The roles of feature `epc`. */
export type CoreRole = 'ue' | 'enodeb' | 'mme' | 'hss' | 'sgw' | 'pgw' | 'ocs';

/** What one function said; `status` is undefined when it did not answer. */
export interface Telling {
  readonly node: string;
  readonly role: CoreRole;
  readonly status: unknown;
}

/** The tunnels of a phone: user plane and control plane. */
export type TunnelName = 'S1-U' | 'S5-U' | 'S11' | 'S5-C';

/** One end of a tunnel, in the words of the node that holds it. */
export interface TunnelEnd {
  readonly node: string;
  readonly name: TunnelName;
  /** The TEID that this node allocated: packets to it carry it. */
  readonly local: number;
  /** The TEID that it puts into packets; undefined while it knows none, as of an idle phone. */
  readonly remote: number | undefined;
  readonly peer: string | undefined;
  /** The message that told `remote`. */
  readonly learntFrom: string | undefined;
  readonly imsi: string | undefined;
  readonly ebi: number | undefined;
}

export interface Counter {
  readonly packets: number;
  readonly octets: number;
}

/** What a phone, the MME and the PGW know of one subscriber's connection. */
export interface CorePhone {
  readonly imsi: string;
  /** The phone's own node, where it is one of the lab's. */
  readonly node: string | undefined;
  /** In the MME's words, and in the phone's. */
  readonly state: string | undefined;
  readonly own: string | undefined;
  readonly connected: boolean;
  readonly guti: string | undefined;
  readonly enodeb: string | undefined;
  readonly cell: number | undefined;
  readonly apn: string | undefined;
  readonly ebi: number | undefined;
  readonly qci: number | undefined;
  /** The address by each of the three. */
  readonly addresses: { readonly ue?: string; readonly mme?: string; readonly pgw?: string };
  readonly up: Counter | undefined;
  readonly down: Counter | undefined;
}

export interface Subscriber {
  readonly imsi: string;
  readonly barred: number | undefined;
  readonly sqn: number | undefined;
  /** Host name of the MME that serves it. */
  readonly mme: string | undefined;
  /** Octets: left in the account, of these reserved, and used so far. */
  readonly credit: { readonly left: number; readonly reserved: number; readonly used: number } | undefined;
}

export interface CoreEnodeb {
  readonly node: string;
  readonly id: number | undefined;
  readonly s1: string | undefined;
  /** Whether an MME has it among its eNodeBs. */
  readonly known: boolean;
  readonly phones: number;
}

export interface Core {
  readonly told: readonly Telling[];
  readonly subscribers: readonly Subscriber[];
  readonly phones: readonly CorePhone[];
  readonly enodebs: readonly CoreEnodeb[];
  readonly ends: readonly TunnelEnd[];
  /** How each node of the user plane carries packets: `bpf`, `threads`. */
  readonly dataPaths: Readonly<Record<string, string>>;
  /** The nodes that own an address. */
  readonly owners: (address: string) => readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const counter = (value: unknown): Counter | undefined => {
  const { packets, octets } = fieldsOf(value);
  return typeof packets === 'number' && typeof octets === 'number' ? { packets, octets } : undefined;
};

interface Named {
  readonly node: string;
  readonly name: TunnelName;
  readonly imsi: string | undefined;
  readonly ebi: number | undefined;
}

const endOf = (named: Named, ends: unknown): TunnelEnd[] => {
  const { local, remote, peer, learntFrom } = fieldsOf(ends);
  if (typeof local !== 'number') return [];
  return [{ ...named, local, remote: number(remote), peer: text(peer), learntFrom: text(learntFrom) }];
};

/** The ends that one function holds. An eNodeB does not know whose they are. */
const endsIn = ({ node, role, status }: Telling): TunnelEnd[] => {
  const fields = fieldsOf(status);
  if (role === 'enodeb')
    return listOf(fields['phones'])
      .flatMap((phone) => listOf(phone['bearers']))
      .flatMap(({ ebi, teidIn, teidOut, peer, learntFrom }) =>
        endOf(
          { node, name: 'S1-U', imsi: undefined, ebi: number(ebi) },
          { local: teidIn, remote: teidOut, peer, learntFrom },
        ),
      );
  if (role === 'mme')
    return listOf(fields['phones']).flatMap((phone) => {
      const pdn = fieldsOf(phone['pdn']);
      return endOf({ node, name: 'S11', imsi: text(phone['imsi']), ebi: number(pdn['bearer']) }, pdn['s11']);
    });
  if (role !== 'sgw' && role !== 'pgw') return [];
  return listOf(fields['sessions']).flatMap((session) => {
    const of = { node, imsi: text(session['imsi']), ebi: number(session['bearer']) };
    const [s1u, s5, s11] = [session['s1u'], session['s5'], session['s11']].map(fieldsOf);
    return [
      ...endOf({ ...of, name: 'S1-U' }, s1u?.['user']),
      ...endOf({ ...of, name: 'S5-U' }, s5?.['user']),
      ...endOf({ ...of, name: 'S5-C' }, s5?.['control']),
      ...endOf({ ...of, name: 'S11' }, s11?.['control']),
    ];
  });
};

/** The end at the other side, as this end believes: at its peer, with the TEID that it sends to. */
export const otherEnd = ({ ends, owners }: Pick<Core, 'ends' | 'owners'>, end: TunnelEnd): TunnelEnd | undefined => {
  if (end.remote === undefined || end.peer === undefined) return undefined;
  const nodes = owners(end.peer);
  return ends.find(({ node, name, local }) => name === end.name && local === end.remote && nodes.includes(node));
};

const gutiText = (guti: unknown): string | undefined => {
  const { group, code, mTmsi } = fieldsOf(guti);
  if (typeof group !== 'number' || typeof code !== 'number' || typeof mTmsi !== 'number') return undefined;
  return `${group}/${code}/${mTmsi.toString(16).padStart(8, '0')}`;
};

const subscribersOf = (told: readonly Telling[]): Subscriber[] => {
  const accounts = new Map(
    told
      .filter(({ role }) => role === 'ocs')
      .flatMap(({ status }) => listOf(fieldsOf(status)['accounts']))
      .map((account) => [text(account['imsi']), account]),
  );
  const subscribers = told
    .filter(({ role }) => role === 'hss')
    .flatMap(({ status }) => listOf(fieldsOf(status)['subscribers']));
  const imsis = new Set([...subscribers.map(({ imsi }) => text(imsi)), ...accounts.keys()]);
  return [...imsis].flatMap((imsi): Subscriber[] => {
    if (imsi === undefined) return [];
    const subscriber = subscribers.find((one) => one['imsi'] === imsi);
    const account = accounts.get(imsi);
    const [left, reserved, used] = ['octets', 'reserved', 'used'].map((name) => number(account?.[name]) ?? 0);
    return [
      {
        imsi,
        barred: number(subscriber?.['barred']),
        sqn: number(subscriber?.['sqn']),
        mme: text(subscriber?.['mme']),
        credit: account && { left: left ?? 0, reserved: reserved ?? 0, used: used ?? 0 },
      },
    ];
  });
};

/** What went through a phone's session, by the PGW, where all of it passes. */
const countersOf = (told: readonly Telling[], address: string | undefined): Pick<CorePhone, 'up' | 'down'> => {
  const session = told
    .filter(({ role }) => role === 'pgw')
    .flatMap(({ status }) => listOf(fieldsOf(fieldsOf(status)['userPlane'])['sessions']))
    .find((one) => address !== undefined && one['address'] === address);
  return { up: counter(session?.['up']), down: counter(session?.['down']) };
};

const phonesOf = (told: readonly Telling[]): CorePhone[] => {
  const of = (role: CoreRole): readonly Telling[] => told.filter((one) => one.role === role);
  const ues = of('ue').map(({ node, status }): Fields => ({ node, ...fieldsOf(status) }));
  const atMme = of('mme').flatMap(({ status }) => listOf(fieldsOf(status)['phones']));
  const atPgw = of('pgw').flatMap(({ status }) => listOf(fieldsOf(status)['sessions']));
  const imsis = new Set([...ues, ...atMme, ...atPgw].flatMap(({ imsi }) => text(imsi) ?? []));
  return [...imsis].map((imsi): CorePhone => {
    const [ue, mme, pgw] = [ues, atMme, atPgw].map((list) => list.find((one) => one['imsi'] === imsi));
    const [bearer, pdn] = [fieldsOf(ue?.['bearer']), fieldsOf(mme?.['pdn'])];
    const addresses = {
      ...(text(bearer['address']) === undefined ? {} : { ue: String(bearer['address']) }),
      ...(text(pdn['address']) === undefined ? {} : { mme: String(pdn['address']) }),
      ...(text(pgw?.['address']) === undefined ? {} : { pgw: String(pgw?.['address']) }),
    };
    return {
      imsi,
      node: text(ue?.['node']),
      state: text(mme?.['state']),
      own: text(ue?.['state']),
      connected: mme?.['connected'] === true,
      guti: gutiText(mme?.['guti']),
      enodeb: text(mme?.['enodeb']),
      cell: number(mme?.['cell']),
      apn: text(pdn['apn']) ?? text(pgw?.['apn']),
      ebi: number(pdn['bearer']) ?? number(pgw?.['bearer']),
      qci: number(pdn['qci']) ?? number(bearer['qci']),
      addresses,
      ...countersOf(told, text(pgw?.['address'])),
    };
  });
};

const enodebsOf = (told: readonly Telling[]): CoreEnodeb[] => {
  const known = new Set(
    told
      .filter(({ role }) => role === 'mme')
      .flatMap(({ status }) => listOf(fieldsOf(status)['enodebs']))
      .map(({ name }) => name),
  );
  return told
    .filter(({ role }) => role === 'enodeb')
    .map(({ node, status }) => {
      const { name, id, s1, phones } = fieldsOf(status);
      return { node, id: number(id), s1: text(s1), known: known.has(name), phones: listOf(phones).length };
    });
};

/** How a function of the user plane carries packets, by its status: `bpf` or `threads`; undefined for all others. */
export const dataPathOf = (status: unknown): string | undefined => {
  const fields = fieldsOf(status);
  const path = fields['dataPath'] ?? fieldsOf(fields['userPlane'])['dataPath'];
  return text(path) ?? text(fieldsOf(path)['kind']);
};

/** Joins what the functions of a core told. */
export const coreOf = (told: readonly Telling[], owners: Core['owners']): Core => {
  const ends = told.flatMap(endsIn);
  // The eNodeB's own ends get their subscriber from the gateway that has the other end.
  const named = ends.map((end) => {
    const other = end.imsi === undefined ? otherEnd({ ends, owners }, end) : undefined;
    return other === undefined ? end : { ...end, imsi: other.imsi };
  });
  return {
    told,
    subscribers: subscribersOf(told),
    phones: phonesOf(told),
    enodebs: enodebsOf(told),
    ends: named,
    dataPaths: Object.fromEntries(
      told.flatMap(({ node, status }) => {
        const path = dataPathOf(status);
        return path === undefined ? [] : [[node, path] as const];
      }),
    ),
    owners,
  };
};
