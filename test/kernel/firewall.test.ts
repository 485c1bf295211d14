/**
 * NAT on a kernel without nf_tables for IP: iptables in its older form makes the same tables, a second `up` reads them
 * back, and a passport finds the rules that changed a packet.
 */
import test from 'ava';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { eventOf, testLab, xiyou } from '../helpers/lab.ts';

const inGuest = process.env['XIYOU_GUEST'] === '1';

test('nat: up, checked, followed, nothing to do, gone', async (t) => {
  const lab = testLab(t, 'nat');
  await lab.up();
  const legacy = !kernelHas('nftables');
  if (inGuest) t.true(legacy);
  const saved = await lab.exec('home', legacy ? 'iptables-legacy-save' : 'iptables-save', '-t', 'nat');
  t.regex(saved.stdout, /-j MASQUERADE/u, saved.stderr);
  t.deepEqual(await lab.failedChecks(), []);
  const followed = await xiyou(['trace', lab.lab]);
  t.is(followed.exitCode, 0, `${followed.stdout}${followed.stderr}`);
  t.regex(followed.stdout, /[1-9] times translated.*every change is explained/u);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});
