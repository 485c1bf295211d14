/** Who takes new connections: what a look at the statistics says, and what an earlier look said where this one cannot. */
import t from 'tap';
import { Health } from '../../../../lab/announce/health.ts';
import type { StatRow } from '../../../../src/kernel/haproxy.ts';

const row = (svname: string, status: string, check_status = ''): StatRow => ({
  pxname: 'web',
  svname,
  type: '2',
  status,
  check_status,
});
const takers = (health: Health, ...rows: readonly StatRow[]): readonly string[] => health.judge(rows).get('web') ?? [];

void t.test('a server counts when it has passed a check, or needs none', (t) => {
  const health = new Health();
  t.same(
    takers(
      health,
      row('passed', 'UP', 'L7OK'),
      row('again', 'UP', '* L4OK'),
      row('unchecked', 'no check'),
      row('new', 'UP', 'INI'),
      row('down', 'DOWN', 'L4CON'),
      row('rising', 'DOWN 1/2', 'L7OK'),
      row('drained', 'DRAIN', 'L7OK'),
      row('maintained', 'MAINT'),
      row('shutting', 'NOLB', 'L7OK'),
    ),
    ['passed', 'again', 'unchecked'],
  );
  t.end();
});

void t.test('frontends and the sums of backends are no servers', (t) => {
  const health = new Health();
  t.same(
    [
      ...health.judge([
        { ...row('BACKEND', 'UP'), type: '1' },
        { ...row('FRONTEND', 'OPEN'), type: '0' },
      ]),
    ],
    [],
  );
  t.end();
});

void t.test('after a reload a server is what it was until its first check ends', (t) => {
  const health = new Health();
  t.same(takers(health, row('a', 'UP', 'L7OK'), row('b', 'DOWN', 'L4TOUT')), ['a']);
  t.same(takers(health, row('a', 'UP'), row('b', 'UP'), row('c', 'UP')), ['a'], 'b was down, c is new');
  t.same(takers(health, row('a', 'UP', '* INI'), row('b', 'UP', 'L7OK'), row('c', 'UP', 'L4CON')), ['a', 'b']);
  t.end();
});

void t.test('one failed check of two is no end, and a server that was down begins from nothing', (t) => {
  const health = new Health();
  t.same(takers(health, row('a', 'UP', 'L7OK')), ['a']);
  t.same(takers(health, row('a', 'UP 1/2', 'L4CON')), ['a']);
  t.same(takers(health, row('a', 'DOWN', 'L4CON')), []);
  t.same(takers(health, row('a', 'UP')), [], 'nobody has looked since');
  t.same(takers(health), [], 'a backend that is gone');
  t.end();
});
