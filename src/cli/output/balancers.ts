/** Load balancers and their servers as a table. */
import type { Balancer } from '../../engine/balancers.ts';
import { printTable } from './table.ts';

/** A section for each balancer. */
export const printBalancers = (balancers: readonly Balancer[]): void => {
  if (balancers.length === 0) process.stdout.write('the lab has no load balancer\n');
  for (const [index, { node, running, announced, servers }] of balancers.entries()) {
    const addresses = announced.map(({ address, held }) => `${address} ${held ? 'announced' : 'withdrawn'}`);
    const head = [`balancer ${node}`, ...(running ? [] : ['HAProxy does not answer']), ...addresses];
    process.stdout.write(`${index === 0 ? '' : '\n'}${head.join(', ')}\n`);
    if (!running) continue;
    printTable(
      ['FRONTEND', 'SERVER', 'ADDRESS', 'STATE', 'WEIGHT', 'CHECK', 'SESSIONS', 'WAITING', 'TOTAL'],
      servers.map((one) => [
        ...[one.frontend, one.server, one.address, `${one.state}${one.backup ? ' (backup)' : ''}`],
        one.weight === one.configured ? `${one.weight}` : `${one.weight} (file: ${one.configured})`,
        ...[one.check === '' ? '' : one.check, `${one.sessions}`, `${one.queued}`, `${one.total}`],
      ]),
      'no servers',
    );
  }
};
