/** A Diameter client and servers that break the connection, over real TCP on the loopback. */
import type { Socket } from 'node:net';
import t from 'tap';
import { systemClock } from '../../../../lab/epc/clock.ts';
import { onceEach } from '../../../../lab/epc/diameter/duplicates.ts';
import { listenForPeers } from '../../../../lab/epc/diameter/tcp.ts';
import { diameterClient } from '../../../../lab/epc/diameter-node.ts';
import type { Host } from '../../../../lab/epc/functions.ts';
import { Ocs } from '../../../../lab/epc/ocs/ocs.ts';
import {
  application,
  avp,
  base,
  ccRequestTypes,
  command,
  credit,
  type DiameterMessage,
  GY_SERVICE_CONTEXT,
  resultOf,
  subscriptionIdTypes,
  writeServiceCredit,
  writeSubscriptionId,
} from '../../../../src/signalling/diameter/index.ts';
import { identityOf } from '../../../helpers/diameter-messages.ts';

const imsi = '460000000000001';
/** An address of the loopback that no other test of this machine has: the port is Diameter's. */
const remote = `127.68.${(process.pid >>> 8) & 255}.${Math.max(1, Math.min(254, process.pid & 255))}`;
const host = (log: string[]): Host => ({
  clock: systemClock,
  restarts: 1,
  changed: () => undefined,
  log: (line) => void log.push(line),
  warn: (error) => t.fail(String(error)),
  fail: (error) => t.fail(String(error)),
});
const draft = {
  command: command.creditControl,
  application: application.creditControl,
  session: 'pgw;1;1',
  avps: [
    avp(base.destinationRealm, 'test'),
    avp(base.authApplicationId, application.creditControl),
    avp(credit.serviceContextId, GY_SERVICE_CONTEXT),
    avp(credit.ccRequestType, ccRequestTypes.initial),
    avp(credit.ccRequestNumber, 0),
    writeSubscriptionId(subscriptionIdTypes.imsi, imsi),
    writeServiceCredit({ ratingGroup: 1, requested: { totalOctets: 1000n } }),
  ],
};

void t.test('a request whose answer is lost with its connection is sent again, and charged once', async (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 5000 }]);
  const served: DiameterMessage[] = [];
  const arrived: DiameterMessage[] = [];
  const charge = onceEach(systemClock, (request) => {
    served.push(request);
    return ocs.answer(request);
  });
  const sockets: Socket[] = [];
  const server = await listenForPeers(
    { host: remote },
    () => ({
      local: identityOf('ocs', remote),
      clock: systemClock,
      onError: (error) => t.fail(String(error)),
      onRequest: (request) => {
        arrived.push(request);
        const answer = charge(request);
        // Served, but the first answer never leaves.
        if (arrived.length === 1) sockets[0]?.destroy();
        return answer;
      },
    }),
    () => undefined,
  );
  server.prependListener('connection', (socket) => void sockets.push(socket));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const log: string[] = [];
  const client = diameterClient(
    {
      name: 'Gy',
      transport: 'tcp',
      local: '127.0.0.1',
      remote,
      identity: identityOf('pgw', '127.0.0.1'),
      onRequest: () => [],
    },
    host(log),
  );
  t.teardown(client.stop);
  // Made while there is no connection yet: it waits for the first.
  const answer = await client.request(draft);
  t.equal(resultOf(answer).code, 2001);
  t.match(arrived, [{ retransmitted: false }, { retransmitted: true }]);
  t.equal(arrived[0]?.endToEnd, arrived[1]?.endToEnd);
  t.equal(served.length, 1);
  t.match(ocs.status(), { accounts: [{ reserved: 1000 }], sessions: [{ id: 'pgw;1;1' }] });
  t.ok(log.includes('Gy > CCR (T)'), 'people see it in the log');
  t.equal(sockets.length, 2);
});

void t.test('a request for a peer that never comes fails when its time is over', async (t) => {
  const client = diameterClient(
    {
      name: 'Gy',
      transport: 'tcp',
      local: '127.0.0.1',
      remote,
      answerTimeout: 250,
      identity: identityOf('pgw', '127.0.0.1'),
      onRequest: () => [],
    },
    host([]),
  );
  const before = systemClock.now();
  await t.rejects(client.request(draft), { fault: 'not-open', message: `no connection with ${remote} within 250 ms` });
  t.ok(systemClock.now() - before >= 249, 'not at once');
  const unheard = t.rejects(client.request(draft), { message: /^no connection/u });
  client.stop();
  // Nothing is waited for after the end.
  await unheard;
});
