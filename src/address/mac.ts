/** Ethernet addresses that say where they come from: 02 marks them as locally administered (IEEE 802, 8.2). */

const pattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/u;

/** Whether the text is a MAC address in lower case with colons. */
export const isMac = (text: string): boolean => pattern.test(text);

/** Whether the address names one station (the group bit of the first octet is clear). */
export const isUnicastMac = (text: string): boolean => (Number.parseInt(text.slice(0, 2), 16) & 1) === 0;

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/**
 * The MAC of the `port`-th interface (from 0) of the `node`-th node (from 1): 02:00:00:NN:NN:PP:, readable in a
 * capture. Ports beyond 255 use the third octet.
 */
export const macOf = (node: number, port: number): string =>
  ['02', hex(port >> 8), hex(node >> 16), hex((node >> 8) & 255), hex(node & 255), hex(port & 255)].join(':');

/**
 * The MAC of the tenants' router in the network with this VXLAN network identifier (24 bits): 06:00:00:VV:VV:VV, which no
 * interface has. It is the same on every hypervisor, so that a machine keeps its gateway when it moves.
 */
export const routerMacOf = (vni: number): string =>
  ['06', '00', '00', hex((vni >> 16) & 255), hex((vni >> 8) & 255), hex(vni & 255)].join(':');

/**
 * The MAC of a stack's gateway, and its LACP system identifier: 0a:00:00:00:NN:NN, the same at all its members.
 *
 * @param stack the stack's number in the lab, from 1
 */
export const stackMacOf = (stack: number): string =>
  ['0a', '00', '00', '00', hex((stack >> 8) & 255), hex(stack & 255)].join(':');

/**
 * The MAC from which a hypervisor watches the ways out of a tenant: 0e:00:00:00:TT:HH, which no interface has.
 *
 * @param tenant the tenant's number among those with several ways out, from 0
 * @param hypervisor the hypervisor's number in the lab, from 1
 */
export const watchMacOf = (tenant: number, hypervisor: number): string =>
  ['0e', '00', '00', '00', hex(tenant & 255), hex(hypervisor & 255)].join(':');
