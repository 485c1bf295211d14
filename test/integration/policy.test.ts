/**
 * The lesson about policy, read from the routers' own tables: no path has a valley, a leak is refused, by the roles of
 * RFC 9234 and by the filters alone, and the cloud with its two providers is nobody's way.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { features } from '../../src/features/registry.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { eventually } from '../../src/kernel/wait.ts';
import { loadText } from '../../src/topology/load.ts';
import { allTables, sessionAddress, tableOf, unforeseen, valleysIn } from '../helpers/bgp-tables.ts';
import { testLab } from '../helpers/lab.ts';
import type { TestLab } from '../helpers/lab.ts';

/** Milliseconds until news must have gone everywhere; with the fast timers it takes less than one second. */
const deadline = 20_000;

const cloud = 65040;

/** Lines for the running configuration of a router, as somebody types them who does not know what he does. */
const configure = async (lab: TestLab, router: string, ...lines: readonly string[]): Promise<void> => {
  const { exitCode, stdout, stderr } = await lab.exec(
    router,
    'vtysh',
    ...['configure terminal', ...lines].flatMap((line) => ['-c', line]),
  );
  if (exitCode !== 0) throw new Error(`${router}: ${stdout}${stderr}`);
};

const show = async (lab: TestLab, router: string, command: string): Promise<string> =>
  (await lab.exec(router, 'vtysh', '-c', command)).stdout;

test('no path has a valley, a leak is refused, and the cloud carries nobody', async (t) => {
  const lab = testLab(t, 'policy');
  const topology = loadText(readFileSync(lab.file, 'utf8'), lab.file, { kinds, features });
  await lab.up();

  const entries = await allTables(lab, topology);
  // Six systems announce one prefix of each IP version, and everybody learns of all of them.
  const prefixes = new Set(entries.map((entry) => entry.prefix));
  t.is(prefixes.size, 12, [...prefixes].join(' '));
  for (const router of ['a1', 'a3', 'b1', 'c1', 'd1', 'f1', 'e2'])
    t.is(new Set(entries.filter((entry) => entry.router === router).map((entry) => entry.prefix)).size, 12, router);
  t.deepEqual(valleysIn(entries, topology), []);
  t.deepEqual(unforeseen(entries, topology), []);
  t.deepEqual(
    entries.filter(({ path }) => path.slice(0, -1).includes(cloud)),
    [],
    'the cloud stands only at the end of a path',
  );
  t.deepEqual(
    entries.filter(({ asn, best, path }) => asn === 65001 && best && path.length > 1 && path.includes(65666)),
    [],
    'Tang A goes round the kingdom',
  );

  // Somebody in the cloud tells its provider T2 everything it knows.
  const provider = sessionAddress(topology, 'e1', 'd1');
  const customer = sessionAddress(topology, 'd1', 'e1');
  const received = `show bgp ipv4 unicast neighbors ${customer} received-routes`;
  const leak = `${cloud} 65666 `;
  await configure(lab, 'e1', 'route-map everything permit 10');
  await configure(
    lab,
    'e1',
    `router bgp ${cloud}`,
    'address-family ipv4 unicast',
    `neighbor ${provider} route-map everything out`,
  );
  await show(lab, 'e1', `clear bgp ipv4 unicast ${provider} soft out`);
  // Marked by the provider they came from, they do not go up again: not even the leaking router itself sends them.
  t.regex(await show(lab, 'd1', received), new RegExp(` ${cloud} i`, 'u'));
  t.notRegex(await show(lab, 'd1', received), new RegExp(leak, 'u'), 'RFC 9234 at the sender');

  // Without its role the leaking router sends them; the provider has a role still.
  await configure(lab, 'e1', `router bgp ${cloud}`, `no neighbor ${provider} local-role customer`);
  const sees = (command: string, pattern: RegExp): Promise<string | undefined> =>
    eventually(async () => {
      const text = await show(lab, 'd1', command);
      return pattern.test(text) ? text : undefined;
    }, deadline);
  t.truthy(await sees(received, new RegExp(leak, 'u')), 'the leak arrives at T2');
  t.deepEqual(valleysIn(await tableOf(lab, 'd1', 65020), topology), [], 'and is refused');

  // Without any role the filters are left: T2 knows who is in the cloud's cone.
  await configure(lab, 'd1', 'router bgp 65020', `no neighbor ${customer} local-role provider`);
  t.truthy(
    await sees(`show bgp ipv4 unicast neighbors ${customer} filtered-routes`, new RegExp(leak, 'u')),
    'the filters name what they refused',
  );
  t.deepEqual(valleysIn(await allTables(lab, topology), topology), [], 'nobody has heard of it');

  // That all this can fail: a provider that takes everything has the valley in its table, and tells it on.
  await configure(lab, 'd1', 'route-map everything permit 10');
  await configure(
    lab,
    'd1',
    'router bgp 65020',
    'address-family ipv4 unicast',
    `neighbor ${customer} route-map everything in`,
  );
  const valleys = await eventually(async () => {
    const found = valleysIn(await tableOf(lab, 'd1', 65020), topology);
    return found.length > 0 ? found : undefined;
  }, deadline);
  t.regex(
    valleys?.join('\n') ?? '',
    /AS 65040 tells AS 65020, no customer of it, what its provider AS 65666 has told/u,
  );

  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});

test('where the only way left leads through the cloud, there is no way', async (t) => {
  const lab = testLab(t, 'policy');
  const topology = loadText(readFileSync(lab.file, 'utf8'), lab.file, { kinds, features });
  await lab.up();
  t.is((await lab.run('link', 'f1', 'd1', 'down')).exitCode, 0);
  const gone = await eventually(async () => {
    const entries = await tableOf(lab, 'f1', 65666);
    return entries.some(({ prefix }) => prefix === '198.18.20.0/24') ? undefined : entries;
  }, deadline);
  t.truthy(gone, 'the kingdom has lost transit T2, though its own customer is one of T2’s too');
  t.true(
    gone?.some(({ prefix }) => prefix === '203.0.113.0/24'),
    'and still reaches that customer',
  );
  const entries = await allTables(lab, topology);
  t.deepEqual(valleysIn(entries, topology), []);
  t.false(entries.some(({ path }) => path.slice(0, -1).includes(cloud)));
});

/** c has a wish towards each of its providers; q, s and x are customers of those. */
const wishes = `
name: wishes
defaults: {router: {bgp: {}}}
nodes:
  c:
    kind: router
    asn: 65001
    bgp:
      networks: [198.51.100.0/24, "2001:db8:c::/48"]
      policy:
        prepend: {65010: 3}
        no-export: [65020]
        communities: {65030: ["65030:6:65040", "65030:4:65050"]}
  p1: {kind: router, asn: 65010, bgp: {networks: [198.18.1.0/24, "2001:db8:1::/48"]}}
  p2: {kind: router, asn: 65020, bgp: {networks: [198.18.2.0/24, "2001:db8:2::/48"]}}
  p3: {kind: router, asn: 65030, bgp: {networks: [198.18.3.0/24, "2001:db8:3::/48"]}}
  q: {kind: router, asn: 65040, bgp: {networks: [198.18.4.0/24, "2001:db8:4::/48"]}}
  s: {kind: router, asn: 65050, bgp: {networks: [198.18.5.0/24, "2001:db8:5::/48"], policy: {refuse: [65040]}}}
links:
  - [{node: c, relation: customer}, p1]
  - [{node: c, relation: customer}, p2]
  - [{node: c, relation: customer}, p3]
  - [{node: p1, relation: peer}, p2]
  - [{node: p1, relation: peer}, p3]
  - [{node: p2, relation: peer}, p3]
  - [{node: q, relation: customer}, p1]
  - [{node: q, relation: customer}, p3]
  - [{node: s, relation: customer}, p2]
  - [{node: s, relation: customer}, p3]
`;

test('wishes do on real routers what they are foreseen to do', async (t) => {
  const lab = testLab(t, 'wishes', wishes);
  const topology = loadText(wishes, 'wishes.yml', { kinds, features });
  await lab.up();
  const entries = await allTables(lab, topology);
  t.deepEqual(unforeseen(entries, topology), []);
  t.deepEqual(valleysIn(entries, topology), []);
  const best = (router: string): string | undefined =>
    entries
      .find((entry) => entry.router === router && entry.best && entry.prefix === '198.51.100.0/24')
      ?.path.join(' ');
  t.is(best('p1'), '65001 65001 65001 65001', 'prepended three times');
  t.is(best('q'), '65030 65030 65001', 'p3 was asked to prepend towards q');
  t.is(best('p2'), '65001');
  t.is(best('s'), undefined, 'p2 tells nobody, and p3 was asked not to tell s');
  t.false(
    entries.some(({ router, path }) => router === 's' && path.includes(65040)),
    's refuses every path of q',
  );
});
