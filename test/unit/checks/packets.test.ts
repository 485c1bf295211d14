/** What ping and curl print, read. */
import t from 'tap';
import { curlArgv, httpAnswer } from '../../../src/checks/http.ts';
import { pingArgv, pingOutcome, reachAnswer } from '../../../src/checks/packets.ts';
import { inTime } from '../../../src/checks/result.ts';
import type { HttpStatement } from '../../../src/topology/check.ts';

const ping = (stdout: string, exitCode: number, stderr = '') => pingOutcome({ stdout, stderr, exitCode });
const head = 'PING 203.0.113.2 (203.0.113.2) 56(84) bytes of data.\n';

void t.test('ping: an answer, an objection, silence, no way out', (t) => {
  t.strictSame(ping(`${head}64 bytes from 203.0.113.2: icmp_seq=1 ttl=59 time=0.076 ms\n`, 0), {
    fate: 'reachable',
    took: 0.076,
  });
  t.strictSame(ping(`${head}From 198.51.100.2 icmp_seq=1 Destination Net Unreachable\n`, 1), {
    fate: 'refused',
    said: '198.51.100.2 says: Destination Net Unreachable',
  });
  t.strictSame(ping(`${head}From fd00:1::1: icmp_seq=1 Destination unreachable: No route\n`, 1).fate, 'refused');
  t.strictSame(ping(`${head}\n--- 203.0.113.2 ping statistics ---\n`, 1), { fate: 'blocked' });
  t.strictSame(ping('', 2, 'ping: connect: Network is unreachable\n'), {
    fate: 'unroutable',
    said: 'connect: Network is unreachable',
  });
  const packet = { to: { name: 'b', address: 'fd00::1' }, protocol: 'icmp' } as const;
  t.strictSame(pingArgv(packet, 250), ['ping', '-6', '-n', '-c', '1', '-W', '0.25', 'fd00::1']);
  t.end();
});

void t.test('what is expected of a packet: unreachable is whatever is not reachable', (t) => {
  const fates = ['reachable', 'refused', 'blocked', 'unroutable'] as const;
  const which = (is: Parameters<typeof reachAnswer>[0]) => fates.filter((fate) => reachAnswer(is, { fate }).ok);
  t.strictSame(which('reachable'), ['reachable']);
  t.strictSame(which('refused'), ['refused']);
  t.strictSame(which('blocked'), ['blocked']);
  t.strictSame(which('unreachable'), ['refused', 'blocked', 'unroutable']);
  t.end();
});

void t.test('too slow is false', (t) => {
  t.equal(inTime({ ok: true, seen: 'reachable', took: 12 }, 12).ok, true);
  t.strictSame(inTime({ ok: true, seen: 'reachable', took: 12.5 }, 12), {
    ok: false,
    seen: 'reachable, in 12.5 ms',
    took: 12.5,
  });
  t.equal(inTime({ ok: true, seen: 'x' }, 1).ok, true, 'what takes no time is in time');
  t.end();
});

const request: HttpStatement = {
  statement: 'http',
  from: 'a',
  url: 'http://b/',
  headers: {},
  status: 200,
  body: 'scrip',
};
const answer = (stdout: string, exitCode = 0, stderr = '', statement = request) =>
  httpAnswer(statement, { stdout, stderr, exitCode });

void t.test('curl: status, body and time', (t) => {
  t.strictSame(answer('{"scripture": 1}\u001E200 0.250000'), {
    ok: true,
    seen: 'status 200, body "{\\"scripture\\": 1}"',
    took: 250,
  });
  t.equal(answer('other\u001E200 0.1').ok, false, 'another body');
  t.equal(answer('scripture\u001E500 0.1').ok, false, 'another status');
  t.equal(answer('scrip\u001E in the body\u001E200 0.1').ok, true, 'the last mark counts');
  t.strictSame(answer('\u001E000 0.1', 7, 'curl: (7) Failed to connect to b port 80\n'), {
    ok: false,
    seen: 'Failed to connect to b port 80',
  });
  t.equal(answer(`${'x'.repeat(5000)}\u001E200 0.1`).seen.length < 300, true, 'a long body is shortened');
  t.end();
});

void t.test('curl: what is sent, and whom it trusts', (t) => {
  const argv = curlArgv(
    { ...request, method: 'PUT', headers: { 'X-A': 'b: c' }, data: '@not-a-file' },
    { patience: 1500, authority: '/ca' },
  );
  t.strictSame(argv.slice(4, 14), [
    '--max-time',
    '1.5',
    '--cacert',
    '/ca',
    '--request',
    'PUT',
    '--header',
    'X-A: b: c',
    '--data-raw',
    '@not-a-file',
  ]);
  t.equal(argv.at(-1), 'http://b/');
  t.end();
});
