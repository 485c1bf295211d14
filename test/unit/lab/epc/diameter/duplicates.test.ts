/** Requests that come twice are served once. */
import t from 'tap';
import {
  application,
  avp,
  base,
  command,
  type DiameterMessage,
  success,
} from '../../../../../src/signalling/diameter/index.ts';
import { MEMORY, MOST_REMEMBERED, onceEach } from '../../../../../lab/epc/diameter/duplicates.ts';
import { fakeClock } from '../../../../helpers/fake-clock.ts';

const request = (endToEnd: number, host: string, retransmitted = false): DiameterMessage => ({
  ...{ request: true, proxiable: true, error: false, retransmitted, hopByHop: 1, endToEnd },
  command: command.creditControl,
  application: application.creditControl,
  avps: [avp(base.originHost, host)],
});

void t.test('the same identifier of the same node is the same request, for four minutes', async (t) => {
  const clock = fakeClock();
  const served: DiameterMessage[] = [];
  const serve = onceEach(clock, (one) => {
    served.push(one);
    return [success, avp(base.originStateId, served.length)];
  });
  const first = serve(request(7, 'pgw'));
  await clock.pass(MEMORY - 1);
  t.same(serve(request(7, 'pgw', true)), first);
  t.equal(served.length, 1);
  t.notSame(serve(request(7, 'pgw2', true)), first, 'another node');
  t.notSame(serve(request(8, 'pgw', true)), first, 'the T flag alone says nothing: its first copy was lost');
  t.equal(served.length, 3);
  await clock.pass(1);
  t.notSame(serve(request(7, 'pgw')), first);
});

void t.test('what is remembered is bounded', (t) => {
  let served = 0;
  const serve = onceEach(fakeClock(), () => {
    served += 1;
    return [success];
  });
  for (let number = 0; number <= MOST_REMEMBERED; number += 1) void serve(request(number, 'pgw'));
  void serve(request(1, 'pgw'));
  t.equal(served, MOST_REMEMBERED + 1, 'the second is still known');
  void serve(request(0, 'pgw'));
  t.equal(served, MOST_REMEMBERED + 2, 'the first is not');
  t.end();
});

void t.test('a request that could not be served may be tried again', (t) => {
  let broken = true;
  const serve = onceEach(fakeClock(), () => {
    if (broken) throw new Error('no table');
    return [success];
  });
  t.throws(() => serve(request(1, 'pgw')), { message: 'no table' });
  broken = false;
  t.same(serve(request(1, 'pgw', true)), [success]);
  t.end();
});
