/** Every kind of check, from the file to what is expected and asked; which are meant, and which stand alone. */
import t from 'tap';
import { isAlone, selectChecks } from '../../../src/checks/select.ts';
import { askedOf, eventText, expectedOf } from '../../../src/checks/words.ts';
import { registry } from '../../../src/engine/load.ts';
import { nodeOf } from '../../../src/topology/check.ts';
import { loadText } from '../../../src/topology/load.ts';
import { golden, text } from '../../helpers/golden.ts';

const { checks } = loadText(
  `name: all
hosts: {shop.test: 10.2.0.2}
defaults: {router: {ospf: {}, bgp: {}, bfd: {}}}
nodes:
  h1: {kind: host}
  h2: {kind: host}
  r1: {kind: router, asn: 65001}
  r2: {kind: router, asn: 65002}
links:
  - {endpoints: [h1, r1], prefix4: 10.1.0.0/24, prefix6: "fd00:1:1::/64"}
  - [r1, r2]
  - {endpoints: [h2, r2], prefix4: 10.2.0.0/24, prefix6: "fd00:1:2::/64"}
checks:
  - {name: command, from: h1, run: [ping, -c, 1, h2], expect: 1 received, within: 5}
  - {name: exit code, from: h1, run: [curl, "http://h2/"], exit: 7}
  - {name: echo, from: h1, to: h2}
  - {name: echo over IPv6, from: h1, to: h2, ip: 6, at-most: 20ms}
  - {name: to a router, from: h1, to: r2}
  - {name: to a name, from: h1, to: shop.test, protocol: tcp, port: 443, is: refused}
  - {name: datagram, from: h1, to: 10.2.0.2, protocol: udp, port: 53, is: blocked}
  - {name: the way, from: h1, to: h2, passes: [r1, r2]}
  - {name: the way of a command, from: h1, run: [curl, "http://h2/"], avoids: [r1], back: {passes: [r2]}}
  - {name: route, at: r1, has: 10.2.0.0/24, next-hop: r2, protocol: bgp}
  - {name: no route, at: h1, lacks: "::/0"}
  - {name: AS path, at: r1, has: 10.2.0.0/24, as-path: [65002]}
  - {name: own prefix, at: r2, has: 10.2.0.0/24, as-path: [], avoids-as: [65001]}
  - {name: all neighbours, at: r1, protocol: bgp, state: established}
  - {name: some neighbours, at: r1, protocol: ospf, state: full, neighbors: [r2], count: 1}
  - {name: one is down, at: r1, protocol: bfd, state: down, neighbors: [r2], when: {link: [r2, "r1:to-r2"], is: down}}
  - {name: nobody is told, from: h1, to: h2, is: blocked, when: {link: [r1, r2], is: silent}}
  - {name: without the far side, from: h1, to: h2, is: unreachable, when: {node: r2, is: killed}}
  - {name: without the far system, from: h1, to: h2, is: unreachable, when: {asn: 65002, is: stopped}}
  - {name: after a new beginning, from: h1, to: h2, when: {bgp: [r1, r2], is: reset}}
  - {name: page, from: h1, http: "https://shop.test/a", status: 201, body: done, data: "{}", headers: {A: b}}
`,
  'all.yml',
  registry,
);

void t.test('what is expected, and what is asked', (t) => {
  const lines = checks.map((check) =>
    [
      `${check.name} (${check.statement}${isAlone(check) ? ', alone' : ''}, within ${check.within} s)`,
      ...(check.when === undefined ? [] : [`  after:    ${eventText(check.when)}`]),
      `  in ${nodeOf(check)}: ${askedOf(check)}`,
      `  expected: ${expectedOf(check)}`,
    ].join('\n'),
  );
  const told = text(lines.join('\n'));
  t.equal(told, golden('checks/words.txt', told));
  t.end();
});

void t.test('names: whole ones first, then parts, in the order of the file', (t) => {
  const names = (...words: string[]) => selectChecks(checks, words).checks.map(({ name }) => name);
  t.equal(names().length, checks.length);
  t.strictSame(names('echo'), ['echo'], 'a whole name means that one only');
  t.strictSame(names('ROUTE'), ['to a router', 'route', 'no route']);
  t.strictSame(names('page', 'command'), ['command', 'page']);
  t.strictSame(selectChecks(checks, ['page', 'nothing']).unknown, ['nothing']);
  t.end();
});
