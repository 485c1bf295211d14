/**
 * The flows of br-int: static layer 2 population. Table 0 says where a frame comes from and puts its network's VNI
 * into reg0, table 10 sends it out, table 20 delivers it to machines on this hypervisor.
 *
 * Every known MAC address has one flow, so no frame is flooded to find out where a machine is. Broadcast and multicast
 * (ARP, neighbour discovery) go from a machine to each VTEP that holds machines of the network and to the local ones;
 * from a tunnel only to the local ones (split horizon), so that full-mesh tunnels cannot loop. A frame with a source
 * MAC that is not the machine's own is dropped at table 0.
 */
import type { RemotePort, TenantPort } from './overlay.ts';

/** OpenFlow port number of the VXLAN port; the machines' ports count from 1. */
export const tunnelPort = 1000;

/** Matches every group address: the lowest bit of the first octet is set. */
const group = 'dl_dst=01:00:00:00:00:00/01:00:00:00:00:00';

/** Copies the VNI that came with a packet into the low 32 bits of reg0. */
const fromTunnel = `table=0,priority=100,in_port=${tunnelPort},actions=move:NXM_NX_TUN_ID[0..31]->NXM_NX_REG0[],resubmit(,20)`;

const fromMachine = (port: TenantPort): string =>
  `table=0,priority=90,in_port=${port.number},dl_src=${port.mac},actions=load:${port.network.vni}->NXM_NX_REG0[],resubmit(,10)`;

const tunnelled = (vni: number, vteps: readonly string[]): string =>
  [
    `load:${vni}->NXM_NX_TUN_ID[]`,
    ...vteps.flatMap((vtep) => [`set_field:${vtep}->tun_dst`, `output:${tunnelPort}`]),
  ].join(',');

const toRemote = (port: RemotePort): string =>
  `table=10,priority=90,reg0=${port.network.vni},dl_dst=${port.mac},actions=${tunnelled(port.network.vni, [port.vtep])}`;

const toLocal = (port: TenantPort): string =>
  `table=20,priority=90,reg0=${port.network.vni},dl_dst=${port.mac},actions=output:${port.number}`;

/** The flows of a hypervisor with these machines on its ports and those behind other VTEPs. */
export const overlayFlows = (local: readonly TenantPort[], remote: readonly RemotePort[]): string[] => {
  const vnis = [...new Set(local.map((port) => port.network.vni))];
  const vteps = (vni: number): string[] => [
    ...new Set(remote.filter((port) => port.network.vni === vni).map((port) => port.vtep)),
  ];
  const machines = (vni: number): TenantPort[] => local.filter((port) => port.network.vni === vni);
  return [
    fromTunnel,
    ...local.map(fromMachine),
    ...remote.map(toRemote),
    ...vnis
      .filter((vni) => vteps(vni).length > 0)
      .map((vni) => `table=10,priority=50,reg0=${vni},${group},actions=${tunnelled(vni, vteps(vni))},resubmit(,20)`),
    'table=10,priority=0,actions=resubmit(,20)',
    ...local.map(toLocal),
    // OpenFlow never sends a frame back out of the port it came from, so the sender gets no copy.
    ...vnis.map(
      (vni) =>
        `table=20,priority=50,reg0=${vni},${group},actions=${machines(vni)
          .map((port) => `output:${port.number}`)
          .join(',')}`,
    ),
  ];
};
