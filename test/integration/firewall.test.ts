/**
 * A firewall in front of a server: a scan sees what is published and nothing else, and a bounded flood of SYNs, which makes
 * an unguarded server silent, is not noticed by people who come to a guarded one.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { projectDirectory } from '../../src/engine/paths.ts';
import { TestLab, start, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

const file = 'topologies/firewall.yml';
const text = readFileSync(file, 'utf8');
const lab = new TestLab(file);
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', () => lab.release());

const node = path.join(projectDirectory, 'node_modules/.bin/node');
const SHOP = '203.0.113.80';

/** Every TCP port of a range at once; prints the ones that answered at all, in whatever way. */
const SCAN = `
const { connect } = require('node:net');
const [address, first, last] = process.argv.slice(1);
const heard = [];
let open = 0;
for (let port = Number(first); port <= Number(last); port += 1) {
  const socket = connect({ host: address, port });
  open += 1;
  const end = (what) => () => { if (what) heard.push(port); socket.destroy(); };
  socket.setTimeout(3000, end(false)).on('connect', end(true)).on('error', end(true));
  socket.on('close', () => { open -= 1; if (open === 0) console.log(heard.sort((a, b) => a - b).join(' ')); });
}`;

test.serial('a scan from outside sees the published port and nothing else; from inside it sees all', async (t) => {
  const outside = await lab.exec('demon', node, '-e', SCAN, SHOP, '1', '600');
  t.is(outside.stdout, '80\n', outside.stderr);
  const back = await lab.exec('demon', node, '-e', SCAN, SHOP, '8000', '8100');
  t.is(back.stdout, '\n');
  const inside = await lab.exec('gate', node, '-e', SCAN, SHOP, '8080', '8080');
  t.is(inside.stdout, '8080\n', 'and the scan would have seen it');
});

test.serial('a trace names the rule that held a knock back', async (t) => {
  const { stdout } = await xiyou([
    'trace',
    lab.lab,
    '--from',
    'demon',
    '--',
    'curl',
    '-s',
    '-m',
    '1',
    `http://${SHOP}:8080/`,
  ]);
  t.regex(stdout, /lost at 南天门: \d+ packets?; iptables -A FORWARD -i to-world -j DROP counted/u);
});

/** Orders placed while nobodies knock: how many of ten are answered within two seconds each. */
const ordersUnderFlood = async (): Promise<{ answered: number; flood: number }> => {
  const neighbour = (await lab.exec('gate', 'cat', '/sys/class/net/to-world/address')).stdout.trim();
  const program = path.join(projectDirectory, 'test/helpers/syn-flood.ts');
  const flood = start([
    'exec',
    '--lab',
    lab.lab,
    'demon',
    '--',
    node,
    program,
    'eth0',
    neighbour,
    SHOP,
    '80',
    '12000',
    '2000',
  ]);
  const received = async (): Promise<number> => {
    const { stdout } = await lab.exec('gate', 'cat', '/sys/class/net/to-world/statistics/rx_packets');
    return Number(stdout);
  };
  const before = await received();
  await poll('the flood has begun', async () => (await received()) > before + 500);
  let answered = 0;
  for (let order = 0; order < 10 && flood.printed() === ''; order += 1) {
    const { stdout } = await lab.exec(
      'pilgrim',
      'curl',
      '-s',
      '-m',
      '2',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      `http://${SHOP}/`,
    );
    if (stdout === '200') answered += 1;
    else if (answered === 0 && order >= 2) break;
  }
  const { stdout, exitCode } = await flood.outcome;
  if (exitCode !== 0) throw new Error(`the flood: ${stdout}`);
  return { answered, flood: Number.parseInt(stdout, 10) };
};

test.serial('a flood of SYNs does not keep people from the shop', async (t) => {
  const { answered, flood } = await ordersUnderFlood();
  t.is(flood, 12_000);
  t.log(`${answered} orders answered during the flood`);
  t.true(answered >= 3);
  const { stdout } = await lab.exec('gate', 'cat', '/proc/net/stat/synproxy');
  t.regex(stdout, /[1-9a-f]/u, 'and cookies were what helped');
});

test.serial('without cookies the same flood silences it', async (t) => {
  lab.write(text.replaceAll(', syn-rate: 20', ''));
  await lab.up();
  const { answered } = await ordersUnderFlood();
  t.true(answered <= 2, `${answered} orders were answered`);
});
