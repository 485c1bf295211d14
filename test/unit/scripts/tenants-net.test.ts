/** The labs in which the bench measures tenants' networks are labs, with what the measurement speaks of. */
import t from 'tap';
import { portsLab, tenantsLab, veth, ways } from '../../../scripts/bench/tenants-net.ts';
import { registry } from '../../../src/engine/load.ts';
import { firstRouterPort, tunnelPort } from '../../../src/kinds/hypervisor/flows/tables.ts';
import { tenantPorts } from '../../../src/kinds/hypervisor/overlay.ts';
import { loadValue } from '../../../src/topology/load.ts';

void t.test('every way has its ends, and an address to go to', (t) => {
  const { nodes } = loadValue(tenantsLab('userspace'), 'bench', registry);
  const addresses = nodes.flatMap(({ interfaces }) => interfaces.flatMap((own) => own.addresses));
  for (const way of [veth, ...ways]) {
    t.ok(
      [way.from, way.to].every((name) => nodes.some((node) => node.name === name)),
      way.what,
    );
    t.ok(
      addresses.some((cidr) => cidr.startsWith(`${way.address}/`)),
      way.address,
    );
  }
  t.equal(nodes.find(({ name }) => name === 'hv1')?.settings['datapath'], 'userspace');
  t.end();
});

void t.test('a hypervisor of 1000 machines has a port number for each, and none is taken twice', (t) => {
  const topology = loadValue(portsLab('many', 1000, 'userspace'), 'bench', registry);
  const hypervisor = topology.nodes.find(({ name }) => name === 'hv1');
  const ports = hypervisor === undefined ? [] : tenantPorts(hypervisor, topology);
  t.equal(new Set(ports.map(({ number }) => number)).size, 1000);
  t.ok(ports.every(({ number }) => number < tunnelPort && number < firstRouterPort));
  t.equal(new Set(ports.flatMap(({ addresses }) => addresses[4])).size, 1000);
  t.end();
});
