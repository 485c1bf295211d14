/**
 * What a node is on its GTPv2 paths: transactions with its peers, Echo answered by itself, restarts noticed. A daemon
 * adds a UDP socket; a test adds a fake clock.
 */
import { ie } from '../../../src/signalling/gtpv2/element.ts';
import { GTPV2_PORT, type Message } from '../../../src/signalling/gtpv2/message.ts';
import { messageType } from '../../../src/signalling/gtpv2/message-type.ts';
import { type PathEvent, Paths } from './path.ts';
import { recovery } from '../../../src/signalling/gtpv2/subscriber.ts';
import {
  type Counters,
  type Draft,
  type Incoming,
  type Remote,
  type Timing,
  type TransactionOptions,
  Transactions,
} from './transaction.ts';

export interface EndpointOptions extends Omit<TransactionOptions, 'onMessage'> {
  /** How often this node has started, modulo 256 (TS 23.007, 16.1.1). */
  readonly restartCounter: number;
  readonly onPath: (event: PathEvent) => void;
  /** Milliseconds between Echo Requests to a watched peer; 60 s when absent. */
  readonly echoInterval?: number;
}

export interface Endpoint {
  /** See `Transactions.request`. */
  readonly request: (to: Remote, draft: Draft, timing?: Partial<Timing>) => Promise<Message>;
  readonly notify: (to: Remote, draft: Draft) => void;
  /** A datagram that came in. */
  readonly receive: (octets: Uint8Array, from: Remote) => void;
  /** Sends Echo Requests to a peer, in `first` milliseconds (0) and from then on, and reports `up`, `down` and `restarted`. */
  readonly watch: (address: string, first?: number) => void;
  readonly unwatch: (address: string) => void;
  readonly counters: Readonly<Counters>;
  /** See `Transactions.size`. */
  readonly size: () => Transactions['size'];
  readonly close: () => void;
}

export const gtpv2Endpoint = (options: EndpointOptions): Endpoint => {
  const { clock, restartCounter, onPath, onRequest, echoInterval } = options;
  const own = ie(recovery, restartCounter % 256);
  const serve = (incoming: Incoming): void | Promise<void> => {
    if (incoming.message.type !== messageType['Echo Request']) return onRequest(incoming);
    incoming.answer({ type: messageType['Echo Response'], ies: [own] });
  };
  const transactions = new Transactions({
    ...options,
    onRequest: serve,
    onMessage: (message, from) => paths.observe(message, from),
  });
  const paths = new Paths({
    clock,
    onPath: (event) => {
      if (event.kind === 'restarted') transactions.forgetPeer(event.remote.address);
      onPath(event);
    },
    echo: (to) => transactions.request(to, { type: messageType['Echo Request'], ies: [own] }),
    ...(echoInterval === undefined ? {} : { interval: echoInterval }),
  });
  return {
    request: (to, draft, timing) => transactions.request(to, draft, timing),
    notify: (to, draft) => transactions.notify(to, draft),
    receive: (octets, from) => transactions.receive(octets, from),
    watch: (address, first) => paths.watch({ address, port: GTPV2_PORT }, first),
    unwatch: (address) => paths.unwatch(address),
    counters: transactions.counters,
    size: () => transactions.size,
    close: () => {
      paths.close();
      transactions.close();
    },
  };
};
