/**
 * The way to the metadata service, which listens on a port of br-int in the hypervisor's own namespace. Who asks is known by
 * the port the question comes in by: there the machine's address becomes one that stands for this port and this address alone,
 * and answers to it go back by that port and no other. So machines of two tenants with one address are two, and nothing that a
 * machine writes into its packets makes it another one. No group is asked, and nothing of it leaves the hypervisor.
 */
import { routerMacOf } from '../../../address/mac.ts';
import { metadataAddress, metadataTcpPort } from '../../../features/shared/metadata.ts';
import type { TenantPort } from '../overlay.ts';
import { responder } from './responder.ts';
import { flow, metadataPort } from './tables.ts';

/** What the service's own port is called, and what it is known by on br-int; nobody else ever sees these. */
export const metadataInterface = 'meta0';
export const metadataMac = '06:a9:fe:00:00:01';
export const metadataService = '169.254.0.1';
/** The MAC of all who ask, as the service sees them. */
export const askerMac = '06:a9:fe:00:00:02';

/** One address of a machine that may ask, and what stands for it at the service. */
export interface Asker {
  readonly port: TenantPort;
  readonly address: string;
  readonly stand: string;
}

/** 169.254.0.0/16 without its first and last 256 addresses, which are reserved (RFC 3927, 2.1), nor 169.254.169.0/24. */
const STANDS = 254 * 256;
const reserved = new Set(Array.from({ length: 256 }, (_, last) => `169.254.169.${last}`));
const standAt = (index: number): string => `169.254.${1 + Math.floor(index / 256)}.${index % 256}`;

/** FNV-1a, 32 bits (draft-eastlake-fnv, 6.1). */
const hash = (text: string): number => {
  let value = 0x811c_9dc5;
  for (const octet of new TextEncoder().encode(text)) value = Math.imul(value ^ octet, 0x0100_0193) >>> 0;
  return value;
};

/**
 * Everybody on a hypervisor that may ask: each IPv4 address of the ports in networks with metadata. What stands for a machine
 * comes from its own name, so that it keeps it when others come and go: flows and service are told at two moments, and
 * between them nobody may be taken for another.
 */
export const askersOf = (local: readonly TenantPort[]): Asker[] => {
  const taken = new Set(reserved);
  return local
    .filter(({ network }) => network.metadata !== undefined)
    .flatMap((port) =>
      port.addresses[4].map((address): Asker => {
        let index = hash(`${port.node} ${port.network.name} ${address}`) % STANDS;
        while (taken.has(standAt(index))) index = (index + 1) % STANDS;
        const stand = standAt(index);
        taken.add(stand);
        return { port, address, stand };
      }),
    );
};

const askerFlows = ({ port, address, stand }: Asker): string[] => [
  flow(
    'classify',
    97,
    [
      `in_port=${port.number}`,
      `dl_src=${port.mac}`,
      'tcp',
      `nw_src=${address}`,
      `nw_dst=${metadataAddress}`,
      `tp_dst=${metadataTcpPort}`,
    ],
    [
      `set_field:${stand}->ip_src`,
      `set_field:${metadataService}->ip_dst`,
      `set_field:${askerMac}->eth_src`,
      `set_field:${metadataMac}->eth_dst`,
      `output:${metadataPort}`,
    ],
  ),
  flow(
    'classify',
    97,
    [`in_port=${metadataPort}`, 'tcp', `nw_src=${metadataService}`, `nw_dst=${stand}`, `tp_src=${metadataTcpPort}`],
    [
      `set_field:${metadataAddress}->ip_src`,
      `set_field:${address}->ip_dst`,
      `set_field:${routerMacOf(port.network.vni)}->eth_src`,
      `set_field:${port.mac}->eth_dst`,
      `output:${port.number}`,
    ],
  ),
  // The service's kernel asks who stands for the machine.
  flow(
    'classify',
    97,
    [`in_port=${metadataPort}`, 'arp', 'arp_op=1', `arp_tpa=${stand}`],
    [
      'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
      `set_field:${askerMac}->eth_src`,
      'load:2->NXM_OF_ARP_OP[]',
      'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
      'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
      `set_field:${askerMac}->arp_sha`,
      `set_field:${stand}->arp_spa`,
      'in_port',
    ],
  ),
];

/** All of it for one hypervisor; nothing where nobody may ask. */
export const metadataFlows = (local: readonly TenantPort[]): string[] => {
  const ports = local.filter(({ network }) => network.metadata !== undefined);
  const vnis = [...new Set(ports.map(({ network }) => network.vni))];
  return [
    ...askersOf(local).flatMap(askerFlows),
    // Whatever else is for this address goes no further: it is no address of any network.
    ...ports.map((port) => flow('classify', 96, [`in_port=${port.number}`, 'ip', `nw_dst=${metadataAddress}`], [])),
    ...vnis.flatMap((vni) => responder(vni, metadataAddress, routerMacOf(vni))),
  ];
};
