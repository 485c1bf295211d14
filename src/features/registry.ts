/** Every feature a node can carry, one line each. Their order is the order of their operations inside a stage. */
import type { AnyFeature } from '../fragment/definition.ts';
import { bfd } from './bfd/index.ts';
import { bgp } from './bgp/index.ts';
import { dhcp } from './dhcp/index.ts';
import { epc } from './epc/index.ts';
import { firewall } from './firewall/index.ts';
import { frr } from './frr/index.ts';
import { haproxy } from './haproxy/index.ts';
import { https } from './https/index.ts';
import { nat } from './nat/index.ts';
import { ospf } from './ospf/index.ts';
import { commands, files, processes, sysctls } from './raw/index.ts';
import { rip } from './rip/index.ts';
import { routes } from './routes/index.ts';
import { rtr } from './rtr/index.ts';

export const features: readonly AnyFeature[] = [
  frr,
  routes,
  ospf,
  rip,
  bgp,
  bfd,
  rtr,
  nat,
  dhcp,
  firewall,
  epc,
  https,
  haproxy,
  files,
  sysctls,
  processes,
  commands,
];
