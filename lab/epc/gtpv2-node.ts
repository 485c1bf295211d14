/** A GTPv2-C endpoint on a UDP socket of an own address: what MME, SGW and PGW have on S11 and S5. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Host } from './functions.ts';
import { cause, causeName, decodeDatagram, find, GTPV2_PORT, messageName } from '../../src/signalling/gtpv2/index.ts';
import { type Endpoint, type EndpointOptions, gtpv2Endpoint } from './gtpv2/endpoint.ts';

export interface Gtpv2NodeOptions extends Pick<
  EndpointOptions,
  'onRequest' | 'onPath' | 't3Response' | 'n3Requests' | 'echoInterval'
> {
  /** `S11` or `S5`, for the log. */
  readonly name: string;
  /** Own IPv4 address. */
  readonly local: string;
}

/** `S11 > 10.1.3.2 Create Session Response: Request accepted`; nothing that is malformed has a name. */
const describe = (octets: Uint8Array): string => {
  try {
    return decodeDatagram(octets)
      .flatMap((message) => (message === undefined ? [] : [message]))
      .map((message) => {
        const value = find(message.ies, cause)?.value;
        const teid = message.teid === undefined ? '' : ` TEID ${message.teid}`;
        return `${messageName(message.type)}${teid}${value === undefined ? '' : `: ${causeName(value)}`}`;
      })
      .join(' with ');
  } catch {
    return 'a malformed message';
  }
};

/** Opens the socket. @throws when the address is not this node's, or the port is in use */
export const openGtpv2Node = async (
  { name, local, ...options }: Gtpv2NodeOptions,
  { clock, restarts, log, warn }: Host,
): Promise<Endpoint> => {
  const socket = createSocket('udp4');
  const endpoint = gtpv2Endpoint({
    ...options,
    clock,
    restartCounter: restarts % 256,
    // A peer that remembers requests of before our restart must not take new ones for them.
    firstSequence: randomInt(2 ** 23),
    send: (octets, to) => {
      log(`${name} > ${to.address} ${describe(octets)}`);
      // An unreachable peer is one that does not answer: the transaction deals with that.
      socket.send(octets, to.port, to.address, (error) => {
        if (error !== null) log(`${name}: ${error.message}`);
      });
    },
    onError: warn,
  });
  socket.on('message', (octets, { address, port }) => {
    log(`${name} < ${address} ${describe(octets)}`);
    endpoint.receive(octets, { address, port });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(GTPV2_PORT, local, () => {
      socket.off('error', reject);
      socket.on('error', warn);
      resolve();
    });
  });
  return endpoint;
};
