/** /etc/epc.json of each function, in the form that lab/epc/<function>/config.ts reads. Addresses that a problem hides are empty. */
import { formatAddress, nthAddress, parsePrefix } from '../../address/ip.ts';
import { physicalCellId } from '../../signalling/cell.ts';
import { parseRate, parseTime } from '../../topology/quantity.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { enodebsOfSgw, meet, mmesOfSgw, pgwsOfOcs, s1uOf, s5Of, sgwsOfPgw } from './addresses.ts';
import { diameterHost, enodebId, keysOf, mmeCode, plmnOf, realmOf, type Sim, simOf } from './identity.ts';
import { all, clients, type FunctionNode, hssOf, mmeOf, ocsOf, pgwOf, sgwOf } from './nodes.ts';
import { cellsOf, homeOf, phonesOf, radioAddress, radioInterfaces } from './radio.ts';
import type { EpcSettings, Role, SettingsOf, SubscriberSettings } from './settings.ts';

export const configPath = '/etc/epc.json';
/** Appears when the function's sockets are open. */
export const readyPath = '/run/epc/ready';
/** What the function says of itself: contexts, bearers, TEIDs, counters. */
export const statusPath = '/run/epc/status.json';
/** Where the function takes orders; see lab/epc/control.ts. */
export const controlPath = '/run/epc/control.sock';
/** The PGW's TUN device. */
export const tun = 'gtp0';

/** UE-AMBR of a subscription that names none (bit/s): what LTE of category 3 can do (TS 36.306, table 4.1-1), halved. */
const defaultAmbr = { uplink: 50_000_000, downlink: 100_000_000 } as const;

/** The phones' gateway: as written, else the first address of the first pool. */
export const gatewayOf = ({ pools, gateway }: SettingsOf<'pgw'>): string => {
  const pool = parsePrefix(Object.values(pools)[0] ?? '');
  return gateway ?? (pool === undefined ? '' : formatAddress(nthAddress(pool, 1)));
};

/** The default gateway that the phone's own entry gives, against which the serving eNodeB would be taken. */
const phoneGateway = (node: Node): { gateway?: string } => {
  const gateway = node.settings['gateway'];
  return typeof gateway === 'string' && gateway !== 'auto' && gateway !== 'none' ? { gateway } : {};
};

/** A list under its name, where it has anything in it. */
const listed = (name: string, items: readonly unknown[]): object => (items.length === 0 ? {} : { [name]: items });

/** A member where it has a value. */
const optionally = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value });

const ue = (topology: Topology, phone: FunctionNode<'ue'>): object => {
  const { node, settings } = phone;
  const [radio] = radioInterfaces(topology, node, 'enodeb');
  const { imsi, k, opc } = simOf(topology, phone);
  return {
    ...{ imsi, k, opc, interface: radio?.name },
    radio: {
      local: radio === undefined ? '' : radioAddress(radio),
      cells: cellsOf(topology, phone).map(({ enodeb: station, address }) => ({
        enodeb: address,
        name: station.node.name,
        pci: physicalCellId(enodebId(topology, station), station.settings.cell),
      })),
    },
    plmn: plmnOf(topology, phone),
    ...optionally('apn', settings.apn),
    ...phoneGateway(node),
    on: settings.on,
  };
};

/** The other eNodeBs of the same MME: where a phone may be handed over to. */
const neighboursOf = (topology: Topology, station: FunctionNode<'enodeb'>): object[] => {
  const mme = mmeOf(topology, station);
  if (mme === undefined) return [];
  return clients(topology, 'enodeb', mmeOf, mme.node)
    .filter(({ node }) => node.name !== station.node.name)
    .map((other) => {
      const [radio] = radioInterfaces(topology, other.node, 'ue');
      return {
        ...{ name: other.node.name, id: enodebId(topology, other) },
        ...{ cell: other.settings.cell, tac: other.settings.tac },
        ...optionally('radio', radio && radioAddress(radio)),
      };
    });
};

const enodeb = (topology: Topology, station: FunctionNode<'enodeb'>): object => {
  const { node, settings } = station;
  const mme = mmeOf(topology, station);
  const s1mme = mme === undefined ? undefined : meet(topology, node, mme.node);
  const [radio] = radioInterfaces(topology, node, 'ue');
  return {
    name: node.name,
    id: enodebId(topology, station),
    cell: settings.cell,
    tac: settings.tac,
    ...listed('neighbours', neighboursOf(topology, station)),
    ...optionally('inactivity', settings.inactivity === undefined ? undefined : parseTime(settings.inactivity)),
    plmn: mme?.settings.plmn,
    radio: { interface: radio?.name, local: radio === undefined ? '' : radioAddress(radio) },
    s1mme: { local: s1mme?.local, mme: s1mme?.remote },
    s1u: { local: s1uOf(topology, station)?.local },
    ...optionally('dataPath', settings.dataPath),
  };
};

const mme = (topology: Topology, own: FunctionNode<'mme'>): object => {
  const { node, settings } = own;
  const [hss, sgw, pgw] = [hssOf(topology, own), sgwOf(topology, own), pgwOf(topology, own)];
  const s6a = hss === undefined ? undefined : meet(topology, node, hss.node);
  const s11 = sgw === undefined ? undefined : meet(topology, node, sgw.node);
  const s5 = sgw === undefined || pgw === undefined ? undefined : meet(topology, sgw.node, pgw.node);
  const [station] = clients(topology, 'enodeb', mmeOf, node);
  const s1mme = station === undefined ? undefined : meet(topology, node, station.node);
  const { plmn, group, eea, eia, timers = {} } = settings;
  return {
    name: node.name,
    ...{ plmn, group, code: mmeCode(topology, own) },
    s1mme: { local: s1mme?.local },
    s6a: {
      ...{ local: s6a?.local, hss: s6a?.remote },
      ...{ host: diameterHost(node, plmn), realm: realmOf(plmn), transport: hss?.settings.transport },
    },
    s11: { local: s11?.local, sgw: s11?.remote },
    pgw: s5?.remote,
    ...{ eea, eia },
    timers: Object.fromEntries(Object.entries(timers).map(([name, text]) => [name, parseTime(text ?? '')])),
  };
};

/** What an HSS knows of one subscriber: the SIM card, and what its own entry says otherwise. */
const subscription = (
  sim: Omit<Sim, 'msisdn'> & { readonly msisdn?: string },
  apns: readonly string[],
  written: SubscriberSettings | undefined,
): object => ({
  imsi: sim.imsi,
  k: written?.k ?? sim.k,
  opc: written?.opc ?? sim.opc,
  ...optionally('msisdn', written?.msisdn ?? sim.msisdn),
  apns: written?.apns ?? apns,
  ambr: {
    uplink: (written?.uplink === undefined ? undefined : parseRate(written.uplink)) ?? defaultAmbr.uplink,
    downlink: (written?.downlink === undefined ? undefined : parseRate(written.downlink)) ?? defaultAmbr.downlink,
  },
  ...optionally('sqn', written?.sqn),
  ...optionally('barred', written?.barred),
});

/** The phones whose subscriptions an HSS holds. */
export const phonesOfHss = (topology: Topology, hss: Node): readonly FunctionNode<'ue'>[] =>
  clients(topology, 'mme', hssOf, hss).flatMap(({ node }) => phonesOf(topology, node));

const hss = (topology: Topology, { node, settings }: FunctionNode<'hss'>): object => {
  const [client] = clients(topology, 'mme', hssOf, node);
  const plmn = client?.settings.plmn ?? '';
  const s6a = client === undefined ? undefined : meet(topology, node, client.node);
  const pgw = client === undefined ? undefined : pgwOf(topology, client);
  const apns = Object.keys(pgw?.settings.pools ?? {});
  const phones = phonesOfHss(topology, node).filter((phone) => phone.settings.subscribed);
  const own = phones.map((phone) => {
    const sim = simOf(topology, phone);
    const written = settings.subscribers.find((entry) => entry.phone === phone.node.name || entry.imsi === sim.imsi);
    return subscription(sim, apns, written);
  });
  const known = new Set(phones.map((phone) => simOf(topology, phone).imsi));
  const others = settings.subscribers.flatMap((entry) =>
    entry.imsi === undefined || known.has(entry.imsi)
      ? []
      : [subscription({ imsi: entry.imsi, ...keysOf(entry.imsi) }, apns, entry)],
  );
  return {
    ...{ host: diameterHost(node, plmn), realm: realmOf(plmn) },
    s6a: { local: s6a?.local, transport: settings.transport },
    ...listed('subscribers', [...own, ...others]),
  };
};

const sgw = (topology: Topology, { node, settings }: FunctionNode<'sgw'>): object => {
  const [client] = mmesOfSgw(topology, node);
  const [station] = enodebsOfSgw(topology, node);
  const local = (peer: Node | undefined): object => ({
    local: peer === undefined ? undefined : meet(topology, node, peer)?.local,
  });
  return {
    s11: local(client?.node),
    s5: { local: s5Of(topology, node)?.local },
    s1u: local(station?.node),
    ...optionally('dataPath', settings.dataPath),
  };
};

/** The network that a PGW or an OCS is part of: that of an MME which leads to it. */
const plmnBehind = (topology: Topology, pgw: Node): string =>
  clients(topology, 'mme', pgwOf, pgw)[0]?.settings.plmn ?? '';

const pgw = (topology: Topology, own: FunctionNode<'pgw'>): object => {
  const { node, settings } = own;
  const [client] = sgwsOfPgw(topology, node);
  const ocs = ocsOf(topology, own);
  const gy = ocs === undefined ? undefined : meet(topology, node, ocs.node);
  const plmn = plmnBehind(topology, node);
  return {
    s5: { local: client === undefined ? undefined : meet(topology, node, client.node)?.local },
    tun,
    gateway: gatewayOf(settings),
    pools: settings.pools,
    ...listed('dns', settings.dns),
    ...optionally('dataPath', settings.dataPath),
    gy: { local: gy?.local, ocs: gy?.remote, host: diameterHost(node, plmn), realm: realmOf(plmn) },
  };
};

const ocs = (topology: Topology, { node, settings }: FunctionNode<'ocs'>): object => {
  const gateways = pgwsOfOcs(topology, node);
  const [client] = gateways;
  const plmn = client === undefined ? '' : plmnBehind(topology, client.node);
  const names = new Set(gateways.map((gateway) => gateway.node.name));
  const accounts = all(topology, 'ue').flatMap((phone) => {
    const home = homeOf(topology, phone);
    const gateway = home === undefined ? undefined : pgwOf(topology, home);
    return names.has(gateway?.node.name ?? '')
      ? [{ imsi: simOf(topology, phone).imsi, octets: phone.settings.credit }]
      : [];
  });
  return {
    ...{ host: diameterHost(node, plmn), realm: realmOf(plmn) },
    gy: { local: client === undefined ? undefined : meet(topology, node, client.node)?.local },
    quota: settings.quota,
    ...listed('accounts', accounts),
  };
};

const configurations: { readonly [R in Role]: (topology: Topology, own: FunctionNode<R>) => object } = {
  ...{ ue, enodeb, mme, hss, sgw, pgw, ocs },
};

/** The configuration of a node's function. */
export const configurationOf = (topology: Topology, node: Node, settings: EpcSettings): object => ({
  function: settings.role,
  ...{ ready: readyPath, status: statusPath, control: controlPath },
  ...(configurations[settings.role] as (topology: Topology, own: FunctionNode) => object)(topology, { node, settings }),
});
