/** Diameter over TCP (RFC 6733, 2.1): sockets around the peer's state machine, and nothing else. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { frameReader, MESSAGE_LIMIT } from '../../../src/signalling/diameter/framing.ts';
import { DIAMETER_PORT } from '../../../src/signalling/diameter/message.ts';
import { DiameterPeer } from './peer.ts';
import type { PeerOptions } from './peer-options.ts';

export type TcpPeerOptions = Omit<PeerOptions, 'transport' | 'role'> & {
  /** Octets of a message at most. */
  readonly messageLimit?: number;
};

/** Octets that may wait for a peer that does not read; more than that and it counts as dead. */
const UNREAD_LIMIT = 16 * MESSAGE_LIMIT;

/** A peer on a connected socket. It starts at once. */
const peerOn = (socket: Socket, role: PeerOptions['role'], options: TcpPeerOptions): DiameterPeer => {
  const peer = new DiameterPeer({
    ...options,
    role,
    transport: {
      send: (octets) => {
        if (socket.destroyed) return;
        socket.write(octets);
        if (socket.writableLength > UNREAD_LIMIT) socket.destroy(new Error('the peer does not read'));
      },
      // The last message still goes out.
      close: () => socket.destroySoon(),
    },
  });
  const read = frameReader((octets) => peer.receive(octets), options.messageLimit);
  let reason = 'the peer closed the connection';
  socket.setNoDelay();
  socket.on('data', (piece) => {
    try {
      read(typeof piece === 'string' ? Buffer.from(piece) : piece);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', (error) => (reason = error.message));
  socket.on('close', () => peer.lost(reason));
  peer.start();
  return peer;
};

export interface ConnectOptions {
  readonly host: string;
  /** 3868 when absent. */
  readonly port?: number;
  readonly localAddress?: string;
}

/** Connects to a peer. Resolves when TCP is connected; `onState` tells `open`. @throws the socket's error when it fails */
export const connectPeer = (
  { host, port = DIAMETER_PORT, localAddress }: ConnectOptions,
  options: TcpPeerOptions,
): Promise<DiameterPeer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(peerOn(socket, 'initiator', options));
    });
  });

export interface ListenOptions {
  readonly host: string;
  /** 3868 when absent. */
  readonly port?: number;
}

/**
 * Listens for peers. Each connection gets options of its own from `optionsFor` and is given to `onPeer` before its
 * first message. Resolves when the port is open.
 */
export const listenForPeers = (
  { host, port = DIAMETER_PORT }: ListenOptions,
  optionsFor: () => TcpPeerOptions,
  onPeer: (peer: DiameterPeer) => void,
): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => onPeer(peerOn(socket, 'responder', optionsFor())));
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
