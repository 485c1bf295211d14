/** Diameter over real TCP on the loopback: pieces, limits, and connections that end. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import t from 'tap';
import { systemClock } from '../../../../../lab/epc/clock.ts';
import * as diameter from '../../../../../src/signalling/diameter/index.ts';
import { connectPeer, listenForPeers, type TcpPeerOptions } from '../../../../../lab/epc/diameter/tcp.ts';
import { diameterMessages, identityOf } from '../../../../helpers/diameter-messages.ts';

const { application, base, command, encodeMessage, find } = diameter;
const host = '127.0.0.1';

const optionsFor = (name: string, more: Partial<TcpPeerOptions> = {}): TcpPeerOptions => ({
  local: identityOf(name, host),
  clock: systemClock,
  onRequest: () => [diameter.success, diameter.avp(base.authSessionState, 1)],
  onError: (error) => t.fail(String(error)),
  ...more,
});

/** A promise of a state, and the function that waits for it. */
const stateOf = (wanted: string): { reached: Promise<string>; onState: (state: string, reason?: string) => void } => {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { reached: promise, onState: (state, reason = '') => void (state === wanted && resolve(reason)) };
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

void t.test('two peers meet, talk and part', async (t) => {
  const closed = stateOf('closed');
  const server = await listenForPeers(
    { host, port: 0 },
    () => optionsFor('hss', { onState: closed.onState }),
    () => undefined,
  );
  t.teardown(() => server.close());
  const open = stateOf('open');
  const mme = await connectPeer(
    { host, port: portOf(server), localAddress: host },
    optionsFor('mme', { onState: open.onState }),
  );
  await open.reached;
  const request = diameterMessages.get('Update-Location-Request');
  const avps = request?.avps.filter(({ code }) => code !== 263 && code !== 264 && code !== 296) ?? [];
  const draft = { command: command.updateLocation, application: application.s6a, avps };
  const answers = await Promise.all(Array.from({ length: 50 }, () => mme.request(draft)));
  t.same(new Set(answers.map(({ avps }) => find(avps, base.sessionId))).size, 50);
  mme.disconnect();
  t.equal(await closed.reached, 'the peer closed the connection');
});

void t.test('octets that come one by one are messages all the same', async (t) => {
  const open = stateOf('open');
  const server = await listenForPeers(
    { host, port: 0 },
    () => optionsFor('hss', { onState: open.onState }),
    () => undefined,
  );
  t.teardown(() => server.close());
  const socket = connect({ host, port: portOf(server) }).setNoDelay();
  await once(socket, 'connect');
  const cer = diameterMessages.get('Capabilities-Exchange-Request');
  if (cer === undefined) throw new Error('no sample');
  for (const octet of encodeMessage(cer)) socket.write(Uint8Array.of(octet));
  await open.reached;
  socket.destroy();
});

void t.test('what is no Diameter or too long is cut off', async (t) => {
  const reasons: string[] = [];
  const server = await listenForPeers(
    { host, port: 0 },
    () => optionsFor('hss', { messageLimit: 4096, onState: (_, reason = '') => void reasons.push(reason) }),
    () => undefined,
  );
  t.teardown(() => server.close());
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from('01001004', 'hex')]) {
    const socket = connect({ host, port: portOf(server) });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    await once(socket, 'close');
  }
  t.match(reasons, [/UNSUPPORTED_VERSION/u, /INVALID_MESSAGE_LENGTH.*length 4100, at most 4096/u]);
});

void t.test('nobody there is an error at once', async (t) => {
  const free = createServer().listen(0, host);
  await once(free, 'listening');
  const port = portOf(free);
  free.close();
  await once(free, 'close');
  await t.rejects(connectPeer({ host, port }, optionsFor('mme')), { code: 'ECONNREFUSED' });
});
