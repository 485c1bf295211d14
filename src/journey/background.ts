/** Frames that are nobody's request: routing protocols, failure detection and neighbour discovery speak all the time. */
import type { Layer } from '../packet/layer.ts';

/** BGP (RFC 4271, 8.2.1), BFD (RFC 5881, 4) and its echo. OSPF, ARP and the like are no transport at all. */
const routingPorts: ReadonlySet<number> = new Set([179, 3784, 3785]);

/** From multicast listener queries to its version 2 reports, neighbour discovery between (IANA, ICMPv6 types). */
const discovery = { first: 130, last: 143 } as const;

/**
 * Whether a frame is part of what a lab says by itself. A tunnel says nothing: what it carries decides, and one that carries
 * nothing is asking whether its other end is there.
 */
export const isBackground = (layers: readonly Layer[]): boolean =>
  layers.every((layer, index) => {
    if (layer.protocol === 'tcp' || layer.protocol === 'udp') {
      const inside = layers[index + 1]?.protocol;
      if (inside === 'vxlan' || inside === 'gtpu') return true;
      return routingPorts.has(layer.sourcePort) || routingPorts.has(layer.destinationPort);
    }
    if (layer.protocol === 'icmpv6') return layer.type >= discovery.first && layer.type <= discovery.last;
    return layer.protocol !== 'icmp';
  });
