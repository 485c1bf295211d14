/** /etc/gtp.json of each role, in the form that lab/gtp/config.ts reads. */
import type { Node } from '../../topology/topology.ts';
import type { Bearer, Tunnel } from './bearers.ts';
import type { GtpSettings } from './settings.ts';

/** Appears when the daemon's sockets are bound. */
export const readyPath = '/run/gtp/ready';

/** Where the daemon counts its packets. */
const statusPath = '/run/gtp/status.json';

/** The packet gateway's TUN device. */
export const tun = 'gtp0';

/** A tunnel as its end nearer to the phone sees it. */
const towardsCore = (tunnel: Tunnel) => ({ teidIn: tunnel.downlink, teidOut: tunnel.uplink, peer: tunnel.core });

/** A tunnel as its end nearer to the Internet sees it. */
const towardsAccess = (tunnel: Tunnel) => ({ teidIn: tunnel.uplink, teidOut: tunnel.downlink, peer: tunnel.access });

const roles: Readonly<Record<GtpSettings['role'], (bearers: readonly Bearer[]) => object>> = {
  enodeb: (bearers) => ({
    local: bearers[0]?.s1u.access,
    radios: bearers.map((bearer) => ({
      interface: bearer.enodeb.radio.name,
      mac: bearer.phone.interface.mac,
      gateway: bearer.gateway,
      session: { address: bearer.phone.address, core: towardsCore(bearer.s1u) },
    })),
  }),
  sgw: (bearers) => ({
    access: bearers[0]?.s1u.core,
    core: bearers[0]?.s5.access,
    sessions: bearers.map((bearer) => ({ access: towardsAccess(bearer.s1u), core: towardsCore(bearer.s5) })),
  }),
  pgw: (bearers) => ({
    local: bearers[0]?.s5.core,
    tun,
    sessions: bearers.map((bearer) => ({ address: bearer.phone.address, access: towardsAccess(bearer.s5) })),
  }),
};

/** The configuration of a node's daemon, with the bearers that pass the node. */
export const gtpConfiguration = (_node: Node, settings: GtpSettings, bearers: readonly Bearer[]): object => ({
  role: settings.role,
  ready: readyPath,
  status: statusPath,
  ...roles[settings.role](bearers),
});
