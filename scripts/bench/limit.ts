/** The lower bound: limit.c compiled for this machine, and a plan of Xiyou's in the form it reads. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { $ } from 'zx';
import { formatAddress, lastAddress, networkOf, parsePrefix, type Prefix } from '../../src/address/ip.ts';
import type { Operation } from '../../src/fragment/operation.ts';
import { namesInterface, sysctlPath } from '../../src/kernel/device.ts';

/** Compiles limit.c into the directory and returns the program's path. */
export const compileLimit = async (directory: string): Promise<string> => {
  const program = path.join(directory, 'limit');
  await $`cc -O2 -o ${program} ${path.join(import.meta.dirname, 'limit.c')}`.quiet();
  return program;
};

const prefixOf = (text: string): Prefix => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new TypeError(`not a prefix: ${text}`);
  return prefix;
};

/** Interfaces get their indices in the order in which they are made; 1 is lo. */
class Indices {
  readonly #made = new Map<string, Map<string, number>>();
  add(node: string, name: string): number {
    const mine = this.#made.get(node) ?? new Map([['lo', 1]]);
    this.#made.set(node, mine.set(name, mine.size + 1));
    return mine.size;
  }
  of(node: string, name: string): number {
    const index = this.#made.get(node)?.get(name);
    if (index === undefined) throw new Error(`the plan makes no interface ${node}:${name}`);
    return index;
  }
}

const addressLine = (index: number, text: string): string => {
  const prefix = prefixOf(text);
  const broadcast = prefix.family === 4 && prefix.length <= 30 ? formatAddress(lastAddress(prefix)) : '-';
  return `A ${index} ${prefix.family} ${formatAddress(prefix)} ${prefix.length} ${broadcast}`;
};
const routeLine = (to: string, via: string): string => {
  const prefix = networkOf(prefixOf(to));
  return `R ${prefix.family} ${formatAddress(prefix)} ${prefix.length} ${via}`;
};

/**
 * The operations of a plan as lines for limit.c, in its order: namespaces with their sysctls, links, configuration.
 * Throws for an operation that it does not do: the comparison would not be of the same work.
 */
export const limitPlan = (operations: readonly Operation[]): string => {
  const byNode = Map.groupBy(operations, (operation) => operation.node);
  const indices = new Indices();
  const lines: string[] = [];
  for (const [node, own] of byNode) {
    lines.push(`N ${node}`);
    for (const operation of own) {
      if (operation.op !== 'sysctl') continue;
      if (namesInterface(operation.key)) throw new Error(`limit.c sets no sysctl of an interface: ${operation.key}`);
      lines.push(`S ${sysctlPath(operation.key)} ${operation.value}`);
    }
  }
  for (const [node, own] of byNode) {
    lines.push(`@ ${node}`);
    for (const operation of own) {
      if (operation.op === 'bridge')
        lines.push(`B ${indices.add(node, operation.name)} ${operation.name} ${operation.mac}`);
      if (operation.op !== 'veth') continue;
      const [left, right] = operation.ends;
      const [first, second] = [indices.add(left.node, left.name), indices.add(right.node, right.name)];
      lines.push(
        `V ${first} ${left.name} ${left.mac} ${operation.mtu} ${right.node} ${second} ${right.name} ${right.mac}`,
      );
    }
  }
  // Bridges go into service last, as in Xiyou.
  const hasBridge = ([, own]: readonly [string, readonly Operation[]]): boolean =>
    own.some((operation) => operation.op === 'bridge');
  for (const [node, own] of [...byNode].sort((one, other) => Number(hasBridge(one)) - Number(hasBridge(other)))) {
    lines.push(`@ ${node}`);
    const ups: string[] = [];
    const routes: string[] = [];
    for (const operation of own) {
      switch (operation.op) {
        case 'namespace':
          lines.push('U 1 0');
          break;
        case 'sysctl':
        case 'bridge':
        case 'veth':
          break;
        case 'address':
          lines.push(addressLine(indices.of(node, operation.interface), operation.address));
          break;
        case 'interface':
          if (!operation.offload) lines.push(`O ${operation.name}`);
          ups.push(
            `U ${indices.of(node, operation.name)} ${operation.bridge === undefined ? 0 : indices.of(node, operation.bridge)}`,
          );
          break;
        case 'route':
          if (operation.via === undefined || operation.dev !== undefined)
            throw new Error('limit.c makes only routes by a next hop');
          routes.push(routeLine(operation.to, operation.via));
          break;
        default:
          throw new Error(`limit.c does no ${operation.op}`);
      }
    }
    lines.push(...ups, ...routes);
  }
  return `${lines.join('\n')}\n`;
};

/** Writes the plan where limit.c will read it. */
export const writeLimitPlan = (file: string, operations: readonly Operation[]): void =>
  writeFileSync(file, limitPlan(operations));
