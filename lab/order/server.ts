/** The service on the wire: HTTP/1.1 over TLS 1.2 and 1.3, with one log line per request. */
import { appendFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Answer } from './answer.ts';
import { createService, largestBody } from './service.ts';

export interface ServerOptions {
  /** Begins the ids of orders. */
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
  /** A file to which the secrets of every TLS session are appended, for Wireshark. */
  readonly keyLog?: string | undefined;
  readonly log: (line: string) => void;
}

/** The whole body, or undefined when it is larger than the service reads; the rest is still taken in and dropped. */
const readBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= largestBody) parts.push(part);
  }
  return length > largestBody ? undefined : Buffer.concat(parts).toString();
};

const send = (request: IncomingMessage, response: ServerResponse, answer: Answer): void => {
  const body = `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
};

/** `192.0.2.1:443` or `[2001:db8::1]:443`; a socket for both IP versions shows IPv4 addresses mapped (RFC 4291, 2.5.5.2). */
const socketName = (address = '', port = 0): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/u, '');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
};

/**
 * One JSON object per request: when, both ends of the connection, what was asked, the status, and the order. The
 * client's end is the load balancer's where there is one; its own log tells whose connection that was.
 */
const line = (request: IncomingMessage, answer: Answer): string => {
  const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
  return JSON.stringify({
    time: new Date().toISOString(),
    client: socketName(remoteAddress, remotePort),
    server: socketName(localAddress, localPort),
    method: request.method,
    path: request.url,
    status: answer.status,
    ...(answer.order === undefined ? {} : { order: answer.order }),
  });
};

/** A server that is not listening yet. */
export const orderServer = (options: ServerOptions): Server => {
  const service = createService(options.name);
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const answer = service({
      method: request.method ?? '',
      path: new URL(request.url ?? '/', 'https://localhost').pathname,
      contentType: request.headers['content-type'],
      body,
    });
    // Load balancers ask every second; only what went wrong with that is worth a line.
    if (request.url !== '/healthz' || answer.status !== 200) options.log(line(request, answer));
    send(request, response, answer);
  };
  const server = createServer(
    { cert: options.certificate, key: options.key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
    (request, response) => {
      // A client that goes away in mid-request is no error of the service.
      handle(request, response).catch(() => response.destroy());
    },
  );
  const { keyLog } = options;
  if (keyLog !== undefined) server.on('keylog', (secret: Buffer) => appendFileSync(keyLog, secret, { mode: 0o600 }));
  return server;
};
