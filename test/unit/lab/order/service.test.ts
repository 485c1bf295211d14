/** The order service: what it takes, what it refuses and how, and the same over a real TLS connection. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import t from 'tap';
import { orderServer } from '../../../../lab/order/server.ts';
import { createService } from '../../../../lab/order/service.ts';
import type { Request } from '../../../../lab/order/service.ts';

const order = { date: '2018-07-01', className: '趣谈网络协议', Author: '刘超', price: '68' };

const request = (changes: Partial<Request> = {}): Request => ({
  method: 'POST',
  path: '/purchaseOrder',
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ order }),
  ...changes,
});

void t.test('an order is created, has a place, and can be read there', (t) => {
  const service = createService('order1');
  t.match(service(request()), {
    status: 201,
    headers: { location: '/purchaseOrder/order1-1' },
    body: { id: 'order1-1', order },
  });
  t.match(service(request()), { status: 201, order: 'order1-2' });
  const read = request({ method: 'GET', path: '/purchaseOrder/order1-1', body: '' });
  t.match(service(read), { status: 200, body: { id: 'order1-1', order } });
  t.match(service({ ...read, path: '/purchaseOrder/order1-9' }), { status: 404 });
  t.end();
});

void t.test('what is wrong is said as a problem document', (t) => {
  const service = createService('order1');
  const cases: readonly (readonly [Partial<Request>, number, unknown])[] = [
    [{ contentType: 'text/plain' }, 415, {}],
    [{ contentType: undefined }, 415, {}],
    [{ body: undefined }, 413, {}],
    [{ body: '{' }, 400, { detail: 'the body is not JSON' }],
    [{ body: '[]' }, 400, { errors: [{ pointer: '/order' }] }],
    [
      { body: JSON.stringify({ order: { ...order, date: '2018-02-30' } }) },
      400,
      { errors: [{ pointer: '/order/date' }] },
    ],
    [
      { body: JSON.stringify({ order: { ...order, price: '-1', Author: ' ' } }) },
      400,
      { errors: [{ pointer: '/order/Author' }, { pointer: '/order/price' }] },
    ],
    [{ method: 'DELETE' }, 405, { detail: '/purchaseOrder takes POST' }],
    [{ method: 'constructor' }, 405, {}],
    [{ path: '/' }, 404, {}],
  ];
  for (const [changes, status, body] of cases) {
    const answer = service(request(changes));
    t.equal(answer.status, status, JSON.stringify(changes));
    t.equal(answer.headers['content-type'], 'application/problem+json');
    t.match(answer.body, { type: 'about:blank', status, ...(body as object) });
  }
  t.equal(service(request({ method: 'DELETE' })).headers['allow'], 'POST');
  t.match(service(request({ body: JSON.stringify({ order: { ...order, price: 68 } }) })), { status: 201 });
  t.match(service(request({ method: 'GET', path: '/healthz' })), { status: 200, body: { status: 'ok' } });
  t.end();
});

/** A key and a certificate for localhost that signed itself, in a directory of the test. */
const selfSigned = (directory: string): { key: string; certificate: string } => {
  const [key, certificate] = [path.join(directory, 'key.pem'), path.join(directory, 'cert.pem')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      ...newKey,
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
};

void t.test('over TLS 1.2 and 1.3: answer, log line and key log', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'order-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const keyLog = path.join(directory, 'keys');
  const lines: string[] = [];
  const material = selfSigned(directory);
  const server = orderServer({ name: 'o', ...material, keyLog, log: (line) => lines.push(line) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const post = (
    version: 'TLSv1.2' | 'TLSv1.3',
    body: string,
  ): Promise<{ status: number; location: string | undefined }> =>
    new Promise((resolve, reject) => {
      const outgoing = https.request(
        {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          ca: material.certificate,
          agent: false,
          minVersion: version,
          maxVersion: version,
          method: 'POST',
          path: '/purchaseOrder?x=1',
          headers: { 'content-type': 'application/json' },
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve({ status: response.statusCode ?? 0, location: response.headers.location }));
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  t.same(await post('TLSv1.2', JSON.stringify({ order })), { status: 201, location: '/purchaseOrder/o-1' });
  t.same(await post('TLSv1.3', JSON.stringify({ order })), { status: 201, location: '/purchaseOrder/o-2' });
  t.same(await post('TLSv1.3', 'x'.repeat(100_000)), { status: 413, location: undefined });
  t.match(JSON.parse(lines[0] ?? ''), {
    method: 'POST',
    path: '/purchaseOrder?x=1',
    status: 201,
    order: 'o-1',
    server: `127.0.0.1:${port}`,
    client: /^127\.0\.0\.1:\d+$/u,
  });
  const keys = readFileSync(keyLog, 'utf8');
  t.match(keys, /^CLIENT_RANDOM /mu, 'TLS 1.2');
  t.match(keys, /^SERVER_TRAFFIC_SECRET_0 /mu, 'TLS 1.3');
});
