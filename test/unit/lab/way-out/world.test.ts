/** Whether the world would answer: what a look at bgpd's neighbours says, and how one IP version waits for the other. */
import t from 'tap';
import { type Neighbour, type Summary, World, readSummary } from '../../../../lab/way-out/world.ts';

const neighbours: readonly Neighbour[] = [
  { address: '10.64.0.13', name: 'leaf1', family: 4, tells: true },
  { address: 'fd00::1', name: 'leaf1', family: 6, tells: true },
  { address: '10.64.0.21', name: 'leaf2', family: 4, tells: true },
];
const peer = (state = 'Established', pfxRcd = 4) => ({ state, pfxRcd });
const summary = (
  four: NonNullable<Summary[string]['peers']>,
  six: NonNullable<Summary[string]['peers']> = {},
): Summary => ({
  ipv4Unicast: { peers: four },
  ipv6Unicast: { peers: six },
});
const whole = summary({ '10.64.0.13': peer(), '10.64.0.21': peer() }, { 'fd00::1': peer() });
const patience = 5000;

void t.test('one neighbour of each IP version is enough, and it has to have told a way', (t) => {
  t.same(new World(neighbours, patience).judge(whole, 0), {
    stands: true,
    because: 'IPv4 by leaf1 leaf2, IPv6 by leaf1',
  });
  const one = summary({ '10.64.0.13': peer('Active', 0), '10.64.0.21': peer() }, { 'fd00::1': peer() });
  t.same(new World(neighbours, patience).judge(one, 0), { stands: true, because: 'IPv4 by leaf2, IPv6 by leaf1' });
  for (const [name, four, six] of [
    ['not yet Established', { '10.64.0.13': peer('OpenConfirm', 0) }, { 'fd00::1': peer('Connect', 0) }],
    ['nothing told', { '10.64.0.13': peer('Established', 0) }, { 'fd00::1': peer('Established', 0) }],
    ['somebody else', { '172.16.0.3': peer() }, { 'fd00::2': peer() }],
    ['nobody', {}, {}],
  ] as const)
    t.same(
      new World(neighbours, patience).judge(summary(four, six), 0),
      { stands: false, because: 'IPv4 by nobody, IPv6 by nobody' },
      name,
    );
  t.end();
});

void t.test('where the way is configured nobody has to tell it', (t) => {
  const configured = neighbours.map((one) => ({ ...one, tells: false }));
  const silent = summary({ '10.64.0.13': peer('Established', 0) }, { 'fd00::1': peer('Established', 0) });
  t.equal(new World(configured, patience).judge(silent, 0).stands, true);
  t.end();
});

void t.test('a way of one IP version waits for the other, for some time', (t) => {
  const world = new World(neighbours, patience);
  const four = summary({ '10.64.0.13': peer() });
  t.equal(world.judge(four, 1000).stands, false);
  t.equal(world.judge(four, 5999).stands, false);
  t.same(world.judge(four, 6000), { stands: true, because: 'IPv4 by leaf1, IPv6 by nobody' });
  const other = new World(neighbours, patience);
  t.equal(other.judge(four, 1000).stands, false);
  t.equal(other.judge(whole, 1100).stands, true, 'the other came');
  t.end();
});

void t.test('the loss of one IP version does not take the other with it, and the loss of both is the end', (t) => {
  const world = new World(neighbours, patience);
  const four = summary({ '10.64.0.13': peer() });
  t.equal(world.judge(whole, 0).stands, true);
  t.equal(world.judge(four, 100).stands, true);
  t.equal(world.judge(summary({}), 200).stands, false);
  t.equal(world.judge(four, 300).stands, false, 'from there on it waits again');
  t.equal(world.judge(whole, 400).stands, true);
  t.same(world.judge(undefined, 500), { stands: false, because: 'bgpd does not answer' });
  t.equal(world.judge(four, 5400).stands, false);
  t.end();
});

void t.test('what bgpd says before it has an instance is no answer', (t) => {
  t.equal(readSummary('% No BGP process is configured\n'), undefined);
  t.same(new World(neighbours, patience).judge(readSummary('{}'), 0).stands, false);
  t.same(readSummary(JSON.stringify(whole)), whole);
  t.end();
});
