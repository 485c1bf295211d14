/**
 * The order service without its sockets: a request in, an answer out.
 *
 *     POST /purchaseOrder       201, Location and the order with its id; 400, 413 or 415 with what is wrong
 *     GET  /purchaseOrder/ID    200 with an order that this server took
 *     GET  /healthz             200, for load balancers
 */
import { type Answer, json, problem } from './answer.ts';
import { type Order, readOrder } from './order.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  /** The body, or undefined when it was larger than `largestBody`. */
  readonly body: string | undefined;
}

/** Octets of the largest body the service reads. */
export const largestBody = 65_536;

type Handler = (request: Request) => Answer;

const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A service whose orders are called `<name>-1`, `<name>-2`, …; two servers behind one address thus never clash. */
export const createService = (name: string): Handler => {
  const orders = new Map<string, Order>();

  const purchase: Handler = ({ contentType, body }) => {
    if (!isJson(contentType)) return problem(415, 'Unsupported Media Type', 'an order is application/json');
    if (body === undefined) return problem(413, 'Content Too Large', `an order has at most ${largestBody} octets`);
    const parsed = parse(body);
    if (parsed === undefined) return problem(400, 'Bad Request', 'the body is not JSON');
    const order = readOrder(parsed);
    if (!('date' in order)) return problem(400, 'Bad Request', 'the order is incomplete or wrong', { errors: order });
    const id = `${name}-${orders.size + 1}`;
    orders.set(id, order);
    return { ...json(201, { id, order }, { location: `/purchaseOrder/${id}` }), order: id };
  };

  const show: Handler = ({ path }) => {
    const id = path.slice('/purchaseOrder/'.length);
    const order = orders.get(id);
    return order === undefined
      ? problem(404, 'Not Found', `this server took no order ${id}`)
      : { ...json(200, { id, order }), order: id };
  };

  const healthy: Handler = () => json(200, { status: 'ok' });

  const routes: readonly { readonly path: RegExp; readonly methods: Readonly<Record<string, Handler>> }[] = [
    { path: /^\/purchaseOrder$/u, methods: { POST: purchase } },
    { path: /^\/purchaseOrder\/[^/]+$/u, methods: { GET: show, HEAD: show } },
    { path: /^\/healthz$/u, methods: { GET: healthy, HEAD: healthy } },
  ];

  return (request) => {
    const route = routes.find(({ path }) => path.test(request.path));
    if (route === undefined) return problem(404, 'Not Found', `there is nothing at ${request.path}`);
    const handler = Object.hasOwn(route.methods, request.method) ? route.methods[request.method] : undefined;
    const allow = Object.keys(route.methods).join(', ');
    return handler === undefined
      ? problem(405, 'Method Not Allowed', `${request.path} takes ${allow}`, { headers: { allow } })
      : handler(request);
  };
};
