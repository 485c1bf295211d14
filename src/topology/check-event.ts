/** From an event as written to one that can happen in this lab: its link, nodes or system are there. */
import type { CheckEvent } from './check.ts';
import type { FileEvent } from './check-shape.ts';
import { parseAddress } from '../address/ip.ts';
import { linksBetween } from './links-between.ts';
import type { Problem } from './problem.ts';
import { suggestion } from './suggest.ts';
import type { Topology } from './topology.ts';

/** The first problem of an event; its path begins at the event. */
export type EventProblem = Pick<Problem, 'code' | 'path' | 'message' | 'hint'>;
type Found = { readonly event: CheckEvent } | EventProblem;

const unknownNode = (topology: Topology, name: string, path: Problem['path']): EventProblem => ({
  code: 'unknown-node',
  path,
  message: `no node is called "${name}"`,
  hint: suggestion(
    name,
    topology.nodes.map((node) => node.name),
  ),
});

const isNode = (topology: Topology, name: string): boolean => topology.nodes.some((node) => node.name === name);

const linkEvent = (topology: Topology, event: Extract<FileEvent, { link: unknown }>): Found => {
  const [left, right] = event.link;
  const found = linksBetween(topology, left, right);
  if (found.length === 1) return { event: { event: 'link', link: [left, right], is: event.is } };
  const names = [left, right].map((end) => end.split(':', 1)[0] ?? end);
  const unknown = names.findIndex((name) => !isNode(topology, name));
  if (unknown >= 0) return unknownNode(topology, names[unknown] ?? '', ['link', unknown]);
  const choices = linksBetween(topology, names[0] ?? '', names[1] ?? '');
  return {
    code: 'not-sensible',
    path: ['link'],
    message: `${found.length === 0 ? 'no link joins' : `${found.length} links join`} ${left} and ${right}`,
    hint:
      choices.length === 0
        ? undefined
        : `say which: ${choices.map(({ link }) => `[${link.ends.map((end) => `"${end.node}:${end.interface}"`).join(', ')}]`).join(' or ')}`,
  };
};

const systemEvent = (topology: Topology, { asn, is }: Extract<FileEvent, { asn: unknown }>): Found => {
  const nodes = topology.nodes.flatMap((node) => (node.asn === asn ? [node.name] : []));
  if (nodes.length > 0) return { event: { event: 'node', nodes, asn, is } };
  const known = new Set(topology.nodes.flatMap((node) => node.asn ?? []));
  return {
    code: 'not-sensible',
    path: ['asn'],
    message: `no router is in AS ${asn}`,
    hint: known.size === 0 ? 'no router has an `asn`' : `there are: ${[...known].join(', ')}`,
  };
};

const sessionEvent = (topology: Topology, { bgp, is }: Extract<FileEvent, { bgp: unknown }>): Found => {
  const [router, neighbour] = bgp;
  const node = topology.nodes.find(({ name }) => name === router);
  if (node === undefined) return unknownNode(topology, router, ['bgp', 0]);
  if (parseAddress(neighbour) === undefined && !isNode(topology, neighbour))
    return unknownNode(topology, neighbour, ['bgp', 1]);
  // `frr` holds a person's own configuration, which may have it.
  if ('bgp' in node.features || 'frr' in node.features)
    return { event: { event: 'bgp', bgp: [router, neighbour], is } };
  return { code: 'not-sensible', path: ['bgp', 0], message: `${router} does not speak bgp`, hint: 'give it bgp' };
};

/** The event with its names known to exist, or the first thing that is wrong with it. */
export const resolveEvent = (event: FileEvent, topology: Topology): Found => {
  if ('link' in event) return linkEvent(topology, event);
  if ('asn' in event) return systemEvent(topology, event);
  if ('bgp' in event) return sessionEvent(topology, event);
  return isNode(topology, event.node)
    ? { event: { event: 'node', nodes: [event.node], is: event.is } }
    : unknownNode(topology, event.node, ['node']);
};
