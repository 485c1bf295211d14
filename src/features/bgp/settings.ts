/** What a person writes under `bgp:`. `{}` gives sessions to all BGP routers around; `networks` says what to announce. */
import { z } from 'zod';
import { address, asn, nodeName, prefix } from '../shared/values.ts';

const peer = z
  .strictObject({
    node: nodeName
      .optional()
      .describe('A node of the lab on a shared segment; its addresses and its AS number are found.'),
    address: address.optional().describe('Address of the peer, when it is not found by `node`.'),
    asn: asn.optional().describe('AS number of the peer; needed with `address`.'),
    source: address.optional().describe('Own address of the session (update-source).'),
    multihop: z.int().min(2).max(255).optional().describe('Most hops to an eBGP peer that is not a direct neighbour.'),
  })
  .refine((peer) => (peer.node === undefined) !== (peer.address === undefined), {
    error: 'a peer is given either by node or by address',
  })
  .refine((peer) => peer.address === undefined || peer.asn !== undefined, {
    error: 'a peer given by address needs its asn',
  });

export const bgpSchema = z.strictObject({
  networks: z.array(prefix).default([]).describe('Prefixes to announce.'),
  neighbors: z
    .enum(['auto', 'none'])
    .default('auto')
    .describe(
      'auto: eBGP with every BGP router of another AS on a shared segment, iBGP with all BGP routers of the own AS; none: only `peers`.',
    ),
  peers: z.array(peer).default([]).describe('Further sessions.'),
  redistribute: z
    .array(z.enum(['connected', 'static', 'ospf']))
    .default([])
    .describe('Routes of other origins to announce.'),
  'next-hop-self': z
    .boolean()
    .default(true)
    .describe('Give iBGP peers the own loopback as next hop of what came from outside.'),
});

export type BgpSettings = z.output<typeof bgpSchema>;
export type BgpPeerSettings = z.output<typeof peer>;
