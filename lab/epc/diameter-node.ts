/**
 * Diameter connections of a node over TCP or SCTP (RFC 6733, 2.1): a client that connects again when its connection has
 * gone, and a server.
 */
import type { Server } from 'node:net';
import {
  base,
  commandAbbreviation,
  decodeMessage,
  DIAMETER_PORT,
  DIAMETER_PPID,
  type DiameterMessage,
  find,
  type LocalIdentity,
  resultName,
  resultOf,
} from '../../src/signalling/diameter/index.ts';
import { Failover } from './diameter/failover.ts';
import { ANSWER_TIMEOUT, DiameterPeer } from './diameter/peer.ts';
import { EndToEnd, type LateAnswer } from './diameter/pending.ts';
import type { PeerOptions, RequestDraft } from './diameter/peer-options.ts';
import { connectPeer, listenForPeers } from './diameter/tcp.ts';
import type { Host } from './functions.ts';
import { attemptParameters } from './sctp/parameters.ts';
import { connect, describeClose, listen, type SctpAssociation } from './sctp/sctp.ts';

export type DiameterTransport = 'sctp' | 'tcp';

interface NodeOptions {
  /** `S6a` or `Gy`, for the log. */
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly transport: DiameterTransport;
  /** Own IPv4 address. */
  readonly local: string;
  readonly onRequest: PeerOptions['onRequest'];
  /** Milliseconds that an answer may take; see PeerOptions. */
  readonly answerTimeout?: number;
}

/** Milliseconds between attempts to connect: Tc is 30 s in RFC 6733, 12, too long to wait for in front of a lab. */
const RECONNECT = 100;

/** Milliseconds of silence after which a peer on SCTP is asked whether it is still there, for it may have been started anew. */
const HEARTBEAT = 2000;

/** `AIA DIAMETER_SUCCESS (2001)`; `(T)` marks a request that is sent again after a connection was lost. */
const describe = (octets: Uint8Array): string => {
  try {
    const message = decodeMessage(octets);
    const user = find(message.avps, base.userName);
    const result = message.request ? '' : ` ${resultName(resultOf(message))}`;
    const again = message.retransmitted ? ' (T)' : '';
    return `${commandAbbreviation(message)}${again}${user === undefined ? '' : ` ${user}`}${result}`;
  } catch {
    return 'a malformed message';
  }
};

type Options = Omit<PeerOptions, 'transport' | 'role'>;

/** Options of one connection. */
const optionsFor = (
  { name, identity, onRequest, answerTimeout }: NodeOptions,
  { changed, clock, log, warn }: Host,
): Options => ({
  local: identity,
  ...(answerTimeout === undefined ? {} : { answerTimeout }),
  clock,
  onRequest,
  onError: warn,
  onState: (state, reason) => {
    log(`${name}: ${state}${reason === undefined ? '' : `: ${reason}`}`);
    changed();
  },
  onWire: (direction, octets) => log(`${name} ${direction === 'sent' ? '>' : '<'} ${describe(octets)}`),
});

/** A peer on an association. It starts at once. */
const peerOn = (association: SctpAssociation, role: PeerOptions['role'], options: Options): DiameterPeer => {
  const peer = new DiameterPeer({
    ...options,
    role,
    transport: {
      send: (octets) => {
        if (association.state === 'established') association.send(0, DIAMETER_PPID, octets);
      },
      close: () => void association.close(),
    },
  });
  association.onClose((reason) => peer.lost(`the peer ${describeClose(reason)}`));
  association.onMessage(({ bytes }) => peer.receive(bytes));
  peer.start();
  return peer;
};

/** The client side of a connection that is made again whenever it is gone. */
export interface DiameterClient {
  /** See `Failover.request`: waits for a connection, and goes over to the next one when it breaks. */
  readonly request: (draft: RequestDraft, late?: LateAnswer) => Promise<DiameterMessage>;
  /** A new Session-Id. */
  readonly newSession: () => string;
  readonly state: () => string;
  readonly stop: () => void;
}

/** Connects to a peer, for ever. */
export const diameterClient = (node: NodeOptions & { readonly remote: string }, host: Host): DiameterClient => {
  const { clock, log } = host;
  let peer: DiameterPeer | undefined;
  let stopped = false;
  let sessions = 0;
  let attempts = 0;
  const newSession = (): string => {
    sessions += 1;
    return `${node.identity.host};${node.identity.originStateId};${sessions}`;
  };
  const endToEnd = new EndToEnd();
  const failover = new Failover({
    clock,
    remote: node.remote,
    timeout: node.answerTimeout ?? ANSWER_TIMEOUT,
    endToEnd,
    newSession,
  });

  const attempt = async (): Promise<void> => {
    const options = optionsFor(node, host);
    const watched: Options = {
      ...options,
      endToEnd,
      onState: (state, reason) => {
        options.onState?.(state, reason);
        if (state === 'open') attempts = 0;
        if (state === 'open' && peer !== undefined) failover.opened(peer);
        if (state === 'closed') again();
      },
    };
    if (node.transport === 'tcp') {
      peer = await connectPeer({ host: node.remote, localAddress: node.local }, watched);
      return;
    }
    const parameters = { ...attemptParameters(attempts), heartbeatInterval: HEARTBEAT };
    const association = await connect({ local: node.local, remote: node.remote, port: DIAMETER_PORT, parameters });
    peer = peerOn(association, 'initiator', watched);
  };
  const begin = (): void => {
    attempt().catch((error: unknown) => {
      log(`${node.name}: ${error instanceof Error ? error.message : String(error)}`);
      again();
    });
  };
  const again = (): void => {
    peer = undefined;
    failover.lost();
    attempts += 1;
    if (!stopped) clock.after(RECONNECT, begin);
  };
  begin();
  return {
    request: (draft, late) => failover.request(draft, late),
    newSession,
    state: () => peer?.state ?? 'connecting',
    stop: () => {
      stopped = true;
      failover.stop();
      peer?.disconnect();
    },
  };
};

/** Listens for peers; resolves when the port is open. The result disconnects all of them. */
export const diameterServer = async (node: NodeOptions, host: Host): Promise<() => void> => {
  const peers = new Set<DiameterPeer>();
  const options = optionsFor(node, host);
  let close: () => void;
  if (node.transport === 'tcp') {
    const server: Server = await listenForPeers(
      { host: node.local },
      () => options,
      (peer) => void peers.add(peer),
    );
    close = () => void server.close();
  } else {
    const listener = await listen({ local: node.local, port: DIAMETER_PORT }, (association) => {
      const peer = peerOn(association, 'responder', options);
      peers.add(peer);
      association.onClose(() => peers.delete(peer));
    });
    close = listener.close;
  }
  return () => {
    close();
    for (const peer of peers) peer.disconnect();
  };
};
