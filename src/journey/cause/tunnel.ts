/**
 * Why tunnel headers came, went or changed: GTP-U (3GPP TS 29.281) by the bearer whose TEID it is, VXLAN (RFC 7348) by
 * the tenant network whose VNI it is. What a node declares that it rewrites must agree with what it wrote: number, own
 * address, and peer.
 */
import type { Cause, Change } from '../change.ts';
import type { Ground, RewriteOf } from '../ground.ts';
import type { Sighting } from '../sighting.ts';
import { hex, tunnelName } from '../stack.ts';
import type { Stack, Tunnel } from '../stack.ts';

/** A tunnel with its addresses: `GTP-U TEID 0x1001, 10.10.1.1 > 10.10.1.2`. */
export const tunnelText = (tunnel: Tunnel): string =>
  `${tunnelName(tunnel.header)}, ${tunnel.ip.source} > ${tunnel.ip.destination}`;

type Verdict = { readonly cause: Cause } | { readonly problem: string };

const nameOf = (ground: Ground, address: string): string => ground.owners(address)[0]?.node ?? address;

const gtpu = (ground: Ground, node: string, tunnel: Tunnel, direction: 'in' | 'out'): Verdict => {
  if (tunnel.header.protocol !== 'gtpu') return { problem: 'not GTP-U' };
  const { teid } = tunnel.header;
  const [own, peer] =
    direction === 'out' ? [tunnel.ip.source, tunnel.ip.destination] : [tunnel.ip.destination, tunnel.ip.source];
  const declared = ground.rewrites(node, 'gtpu').filter((item) => item.teid === teid && item.direction === direction);
  if (declared.length === 0)
    return { problem: `${node} has no tunnel with TEID ${hex(teid)} ${direction === 'in' ? 'to' : 'from'} it` };
  const found = declared.find((item) => item.peer === peer);
  if (found === undefined)
    return { problem: `TEID ${hex(teid)} of ${node} leads to ${declared[0]?.peer ?? ''}, not ${peer}` };
  if (!ground.owns(node, own)) return { problem: `${own} is not an address of ${node}` };
  const peerName = nameOf(ground, peer);
  return {
    cause: {
      kind: 'gtpu',
      text: `${found.note}, ${direction === 'out' ? 'to' : 'from'} ${peerName}`,
      ...(found.origin === undefined ? {} : { behind: [found.origin] }),
      state: `TEID ${hex(teid)} ${direction} at ${node}, peer ${peer}`,
      grade: 'explained',
    },
  };
};

/** The hypervisor at the other end has the network by another VNI: one of the two was set up wrongly. */
const strangers = (ground: Ground, declared: RewriteOf<'vxlan'>, direction: 'in' | 'out', peer: string): Verdict => {
  const { network, vni, vtep } = declared;
  const other = ground.allRewrites.find(
    (item): item is RewriteOf<'vxlan'> => item.rewrite === 'vxlan' && item.network === network && item.vtep === peer,
  );
  if (other === undefined || direction === 'in') return { problem: `${peer} is not a VTEP of VNI ${vni}` };
  return {
    cause: {
      kind: 'vxlan',
      text: `tenant network ${network}, to ${other.node}, which has it as VNI ${other.vni}`,
      state: `VNI ${vni}, VTEP ${vtep} to ${peer}`,
      grade: 'explained',
    },
  };
};

const vxlan = (
  ground: Ground,
  node: string,
  tunnel: Tunnel,
  direction: 'in' | 'out',
  machine: string | undefined,
): Verdict => {
  if (tunnel.header.protocol !== 'vxlan') return { problem: 'not VXLAN' };
  const { vni } = tunnel.header;
  const [own, peer] =
    direction === 'out' ? [tunnel.ip.source, tunnel.ip.destination] : [tunnel.ip.destination, tunnel.ip.source];
  const declared = ground.rewrites(node, 'vxlan').find((item) => item.vni === vni);
  if (declared === undefined) return { problem: `${node} holds no tenant network with VNI ${vni}` };
  if (declared.vtep !== own) return { problem: `${own} is not the VTEP of ${node}, which is ${declared.vtep}` };
  const remote = ground.allRewrites.find((item) => item.rewrite === 'vxlan' && item.vni === vni && item.vtep === peer);
  if (remote === undefined) return strangers(ground, declared, direction, peer);
  const told =
    direction === 'out'
      ? ground.about(node).vxlan?.find((item) => item.vni === vni && item.mac === machine)
      : undefined;
  if (told !== undefined && told.vtep !== peer)
    return { problem: `${node} sends ${machine ?? ''} to ${told.vtep}, not ${peer}` };
  const owner = machine === undefined ? undefined : ground.macOwner(machine);
  const who = owner === undefined ? '' : direction === 'out' ? `, where ${owner.node} is` : `, for ${owner.node}`;
  return {
    cause: {
      kind: 'vxlan',
      text: `tenant network ${declared.network}, ${direction === 'out' ? `to ${remote.node}` : `from ${remote.node}`}${who}`,
      state: `VNI ${vni}, VTEP ${declared.vtep} ${direction === 'out' ? 'to' : 'from'} ${peer}${told === undefined ? '' : `, by the flow for ${told.mac}`}`,
      grade: 'explained',
    },
  };
};

const judge = (ground: Ground, node: string, stack: Stack, tunnel: Tunnel, direction: 'in' | 'out'): Verdict =>
  tunnel.header.protocol === 'gtpu'
    ? gtpu(ground, node, tunnel, direction)
    : vxlan(ground, node, tunnel, direction, stack.inner.ethernet?.destination);

/** A tunnel that was left and another that was entered, as one cause; tunnels that signalling made take a line each. */
const both = (first: Cause, second: Cause): Cause => {
  const state = `${first.state ?? ''}; ${second.state ?? ''}`;
  if (first.behind === undefined && second.behind === undefined)
    return { ...second, text: `${first.text}; ${second.text}`, state };
  return { ...first, behind: [...(first.behind ?? []), second.text, ...(second.behind ?? [])], state };
};

/**
 * Tunnel headers that one sighting has and the other has not, or has with other numbers or ends. Tunnels nest, so
 * the innermost ones that are equal are left alone.
 */
export const explainTunnels = (ground: Ground, to: Sighting, before: Stack, after: Stack): Change[] => {
  const { node } = to.frame;
  const count = Math.max(before.tunnels.length, after.tunnels.length);
  const changes: Change[] = [];
  for (let depth = 0; depth < count; depth += 1) {
    const [old, made] = [
      before.tunnels[before.tunnels.length - 1 - depth],
      after.tunnels[after.tunnels.length - 1 - depth],
    ];
    if (old !== undefined && made !== undefined && tunnelText(old) === tunnelText(made)) continue;
    const verdicts: Verdict[] = [
      ...(old === undefined ? [] : [judge(ground, node, before, old, 'in')]),
      ...(made === undefined ? [] : [judge(ground, node, after, made, 'out')]),
    ];
    const problem = verdicts.find((verdict) => 'problem' in verdict)?.problem;
    const causes = verdicts.flatMap((verdict) => ('cause' in verdict ? [verdict.cause] : []));
    const [first, second] = causes;
    const cause = second === undefined || first === undefined ? first : both(first, second);
    changes.push({
      kind: old === undefined ? 'encapsulated' : made === undefined ? 'decapsulated' : 'tunnel',
      where: 'outer',
      field: (made ?? old)?.header.protocol === 'gtpu' ? 'GTP-U' : 'VXLAN',
      from: old === undefined ? '' : tunnelText(old),
      to: made === undefined ? '' : tunnelText(made),
      ...(problem === undefined && cause !== undefined ? { cause } : { problem: problem ?? 'nothing declares it' }),
    });
  }
  return changes;
};
