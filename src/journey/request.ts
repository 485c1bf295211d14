/** Which packets of a trace are the request that it is about, and which the answer. */
import type { Journey } from './journey.ts';
import { passportOf } from './passport.ts';
import type { Trace } from './trace.ts';

export interface Request {
  /** One packet, or several where proxies passed the same octets on. */
  readonly request: readonly Journey[];
  readonly answer: readonly Journey[];
}

/** A packet by which a conversation began. */
export interface Opening {
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly address: string;
  readonly port?: number | undefined;
}

/** The first packet of the conversation that began so, and the first one back. */
export const openingOf = (trace: Trace, { protocol, address, port }: Opening): Request => {
  const wanted = protocol === 'icmp' && address.includes(':') ? 'icmpv6' : protocol;
  const found = trace.scope.find(
    ({ protocol, tuples: [tuple] }) =>
      protocol === wanted && tuple?.destination === address && (port === undefined || tuple.destinationPort === port),
  );
  return { request: found?.forward.slice(0, 1) ?? [], answer: found?.backward.slice(0, 1) ?? [] };
};

/** The request of a command and the answer to it, as the passport tells them. */
export const requestOf = (trace: Trace): Request => {
  const legs = passportOf(trace)?.legs ?? [];
  const journeys = (name: 'request' | 'answer'): Journey[] =>
    legs.filter((leg) => leg.name === name).flatMap((leg) => trace.journeys[leg.journey - 1] ?? []);
  return { request: journeys('request'), answer: journeys('answer') };
};
