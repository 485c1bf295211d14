/** What the daemons accept as their configuration, and how they complain. */
import t from 'tap';
import { cableConfig } from '../../../../lab/cable/config.ts';
import { gtpConfig } from '../../../../lab/gtp/config.ts';

const tunnel = { teidIn: 1, teidOut: 2, peer: '10.1.0.2' };
const pgw = { role: 'pgw', local: '10.2.0.2', tun: 'gtp0', sessions: [{ address: '10.45.0.2', access: tunnel }] };
const gtp = (value: unknown) => gtpConfig({ value, at: 'x.json' });

void t.test('a whole configuration of each role', (t) => {
  t.match(gtp(pgw), pgw);
  const sgw = {
    role: 'sgw',
    access: '10.1.0.2',
    core: '10.2.0.1',
    sessions: [{ access: tunnel, core: tunnel }],
    ready: '/r',
  };
  t.match(gtp(sgw), sgw);
  const session = { address: '10.45.0.2', address6: '2001:db8::2', core: tunnel };
  const radio = { interface: 'ue0', mac: '02:00:00:00:01:00', gateway: '10.45.0.1', gateway6: 'fe80::1', session };
  t.match(gtp({ role: 'enodeb', local: '10.1.0.1', radios: [radio] }), { radios: [radio] });
  t.end();
});

void t.test('the first field that is wrong is named with its place', (t) => {
  const session = (change: object) => ({
    ...pgw,
    sessions: [pgw.sessions[0], { address: '10.45.0.3', access: { ...tunnel, ...change } }],
  });
  for (const [value, message] of [
    [session({ teidIn: 0 }), 'config: x.json: sessions[1]: access: teidIn: expected a number 1..4294967295, found 0'],
    [session({ teidIn: 1.5 }), 'config: x.json: sessions[1]: access: teidIn: expected a whole number, found 1.5'],
    [
      session({ peer: '2001:db8::1' }),
      'config: x.json: sessions[1]: access: peer: expected an IPv4 address, found "2001:db8::1"',
    ],
    [{ ...pgw, sessions: [] }, 'config: x.json: sessions: expected a list with at least one item, found []'],
    [{ ...pgw, tun: undefined }, 'config: x.json: tun: expected text, found nothing'],
    [{ role: 'mme' }, 'config: x.json: role: expected enodeb, sgw or pgw, found "mme"'],
    [[], 'config: x.json: expected an object, found []'],
  ] as const)
    t.throws(() => gtp(value), { message });
  t.end();
});

void t.test('a cable has two interfaces, and one impairment for both directions unless told otherwise', (t) => {
  const cable = (value: unknown) => cableConfig({ value, at: 'c.json' });
  const both = cable({ interfaces: ['a', 'b'], impairment: { delay: 3 } });
  const whole = { rate: 0, delay: 3, jitter: 0, loss: 0, reorder: 0, queue: 100 };
  t.same(both.impairments, [whole, whole]);
  const each = cable({ interfaces: ['a', 'b'], impairment: { delay: 3 }, back: { loss: 0.5 } });
  t.same(each.impairments, [whole, { ...whole, delay: 0, loss: 0.5 }]);
  t.throws(() => cable({ interfaces: ['a'], impairment: {} }), /expected two interfaces/u);
  t.throws(() => cable({ interfaces: ['a', 'b'], impairment: { loss: 10 } }), {
    message: 'config: c.json: impairment: loss: expected a number 0..1, found 10',
  });
  t.end();
});
