/** Who a node is and what it speaks: the content of a Capabilities-Exchange (RFC 6733, 5.3). */
import type { Avp } from './avp.ts';
import * as base from './base-avps.ts';
import { application } from './command.ts';
import { avp, find, findAll, required } from './definition.ts';

/** An application that a node speaks; those of 3GPP are announced together with their vendor. */
export interface Application {
  readonly id: number;
  /** Absent for applications of the IETF. */
  readonly vendor?: number;
}

/** This node. */
export interface LocalIdentity {
  /** Its name, `mme.epc.mnc000.mcc460.3gppnetwork.org` (TS 23.003, 19.2). */
  readonly host: string;
  readonly realm: string;
  readonly addresses: readonly string[];
  /** IANA enterprise number of who made it. */
  readonly vendorId: number;
  readonly productName: string;
  /** Grows with every start, so that peers learn that sessions are gone (8.16). */
  readonly originStateId: number;
  readonly applications: readonly Application[];
}

/** The node at the other end, as it said. */
export interface RemoteIdentity {
  readonly host: string;
  readonly realm: string;
  readonly productName: string;
  readonly originStateId: number | undefined;
  readonly applications: ReadonlySet<number>;
}

/** Origin-Host and Origin-Realm: the first AVPs of whatever a node says. */
export const originOf = ({ host, realm }: LocalIdentity): Avp[] => [
  avp(base.originHost, host),
  avp(base.originRealm, realm),
];

/** The AVPs of a CER, and of a CEA behind its Result-Code. */
export const writeCapabilities = (local: LocalIdentity): Avp[] => {
  const vendors = new Set(local.applications.flatMap(({ vendor }) => (vendor === undefined ? [] : [vendor])));
  return [
    ...originOf(local),
    ...local.addresses.map((address) => avp(base.hostIpAddress, address)),
    avp(base.vendorId, local.vendorId),
    avp(base.productName, local.productName),
    avp(base.originStateId, local.originStateId),
    ...[...vendors].map((vendor) => avp(base.supportedVendorId, vendor)),
    ...local.applications.map(({ id, vendor }) => {
      const own = avp(base.authApplicationId, id);
      return vendor === undefined ? own : avp(base.vendorSpecificApplicationId, [avp(base.vendorId, vendor), own]);
    }),
  ];
};

/** What a CER or CEA says of its sender. @throws {DiameterError} when it lacks what it must have */
export const readCapabilities = (avps: readonly Avp[]): RemoteIdentity => {
  const groups = [avps, ...findAll(avps, base.vendorSpecificApplicationId)];
  return {
    host: required(avps, base.originHost),
    realm: required(avps, base.originRealm),
    productName: required(avps, base.productName),
    originStateId: find(avps, base.originStateId),
    applications: new Set(
      groups.flatMap((group) => [...findAll(group, base.authApplicationId), ...findAll(group, base.acctApplicationId)]),
    ),
  };
};

/** Whether two nodes have something to talk about; a relay passes on everything (5.3). */
export const haveCommonApplication = (local: LocalIdentity, remote: RemoteIdentity): boolean =>
  remote.applications.has(application.relay) ||
  local.applications.some(({ id }) => id === application.relay || remote.applications.has(id));
