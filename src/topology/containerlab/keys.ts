/**
 * Every key of a containerlab node, and what becomes of it: used, without meaning here, noted because a lab may miss it,
 * or refused because the lab would not be the same. Names as of containerlab 0.79 (schemas/clab.schema.json).
 */

export type Fate = 'used' | 'meaningless' | 'noted' | 'refused';

/** Key -> fate, and why for those that are told of. */
export const nodeKeys: Readonly<Record<string, readonly [Fate, string?]>> = {
  kind: ['used'],
  image: ['used'],
  group: ['used'],
  binds: ['used'],
  exec: ['used'],
  env: ['used'],
  'env-files': ['used'],
  stages: ['used'],
  certificate: ['used'],
  cmd: ['used'],
  entrypoint: ['used'],
  sysctls: ['used'],
  labels: ['used'],
  'network-mode': ['used'],
  'image-pull-policy': ['meaningless'],
  'restart-policy': ['meaningless'],
  'auto-remove': ['meaningless'],
  runtime: ['meaningless'],
  'link-apply-mode': ['meaningless'],
  privileged: ['meaningless'],
  'cap-add': ['meaningless'],
  'cgroupns-mode': ['meaningless'],
  'cgroup-parent': ['meaningless'],
  'pid-mode': ['meaningless'],
  'security-opts': ['meaningless'],
  credentials: ['meaningless'],
  user: ['noted', 'commands run as root'],
  hostname: ['used'],
  aliases: ['noted', 'nodes are known by their names'],
  'mgmt-ipv4': ['noted', 'there is no management network'],
  'mgmt-ipv6': ['noted', 'there is no management network'],
  ports: ['noted', 'no port of the machine leads into a node; xiyou exec does'],
  dns: ['noted', 'there is no resolver; names of nodes are in /etc/hosts'],
  'startup-delay': ['noted', 'nodes start when what they need is there'],
  healthcheck: ['noted', 'xiyou waits for the daemons itself'],
  cpu: ['noted', 'nodes have no limits'],
  'cpu-set': ['noted', 'nodes have no limits'],
  memory: ['noted', 'nodes have no limits'],
  'shm-size': ['noted', 'nodes have no limits'],
  extras: ['noted', 'it is for other kinds'],
  config: ['noted', 'there is no configuration engine'],
  'enforce-startup-config': ['noted', 'it is for other kinds'],
  'suppress-startup-config': ['noted', 'it is for other kinds'],
  license: ['refused', 'no kind that needs a licence can run here'],
  'startup-config': ['refused', 'bind a configuration file instead'],
  components: ['refused', 'it is for vendors’ chassis'],
  type: ['refused', 'it is for vendors’ kinds'],
  volumes: ['refused', 'there are no volumes; use binds'],
  devices: ['refused', 'nodes have no devices of their own'],
  tmpfs: ['refused', 'nodes have no file systems of their own'],
};

/** Keys at the top and below `topology`. */
export const topKeys = ['name', 'prefix', 'mgmt', 'settings', 'topology'] as const;
export const topologyKeys = ['defaults', 'kinds', 'groups', 'nodes', 'links'] as const;

/** Kinds of containerlab that become kinds of ours. */
export const knownKinds = ['linux', 'frr', 'bridge', 'ovs-bridge'] as const;
