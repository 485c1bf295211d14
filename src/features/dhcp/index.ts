/**
 * DHCP and names for the machines of a segment: dnsmasq on one of its hosts. Each machine is given the address that the
 * topology knows it by, so guards, passports and checks go on to know it. Who asks is said at its end of a link
 * (`dhcp: true`); that side is client.ts, which the kind `host` brings.
 */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe, StagedOperation } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import {
  configLines,
  configPath,
  machineLines,
  machinesPath,
  nameLines,
  namesPath,
  owner,
  readyPath,
  runDirectory,
} from './config.ts';
import { serverProblems } from './problems.ts';
import { address4, servedInterfaces } from './segments.ts';
import { type DhcpSettings, dhcpSchema } from './settings.ts';

/** Seconds until dnsmasq answers. */
const within = 20;
/** DNS over TCP (RFC 7766). */
const dnsPort = 53;

const lines = (of: readonly string[]): string => of.map((line) => `${line}\n`).join('');

const operations = (topology: Topology, node: Node, settings: DhcpSettings): StagedOperation[] => {
  const file = { op: 'file', node: node.name, mode: 0o644 } as const;
  // It reads these again by itself when it is told to: a new machine needs no new server.
  const read = { ...file, reload: 'dnsmasq' } as const;
  return [
    ...at(
      'files',
      { ...file, path: configPath, content: lines(configLines(topology, node, settings)) },
      { ...read, path: machinesPath, content: lines(machineLines(topology, node)) },
      { ...read, path: namesPath, content: lines(nameLines(topology, node)) },
      { ...file, path: runDirectory, content: '', mode: 0o755, owner },
    ),
    ...at('processes', {
      op: 'process',
      node: node.name,
      name: 'dnsmasq',
      argv: ['dnsmasq', `--conf-file=${configPath}`],
      ready: readyPath,
      interfaces: servedInterfaces(node).map((own) => own.name),
    }),
  ];
};

export const dhcp: FeatureDefinition<DhcpSettings> = {
  feature: 'dhcp',
  summary: 'The DHCP server of the host’s segments, which knows their machines’ names too: dnsmasq.',
  schema: dhcpSchema,
  kinds: ['host'],
  problems: (node, _settings, topology) => serverProblems(topology, node),
  contribute: (node, settings, topology) => ({
    operations: operations(topology, node, settings),
    probes: servedInterfaces(node).map((own): Probe => ({
      node: node.name,
      name: `DHCP: dnsmasq answers on ${own.name}`,
      question: { ask: 'tcp', address: address4(own) ?? '', port: dnsPort },
      within,
    })),
  }),
};
