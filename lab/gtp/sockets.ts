/**
 * The three kinds of descriptors that carry user packets, opened through the C library because Node has no blocking
 * sockets and no ioctl: UDP sockets for GTP-U, packet sockets for the radio, the TUN device of the PGW.
 */
import os from 'node:os';
import { check, errno, int32, libc, SystemError } from '../../src/kernel/libc.ts';
import {
  bindPacketSocket,
  openPacketSocket,
  PACKET,
  setPacketOption,
  SOL_SOCKET,
} from '../../src/kernel/packet-socket.ts';
import { ipOctets, macText } from '../../src/address/octets.ts';
import { GTPU_PORT } from './message.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** Bursts of TCP have to wait somewhere while a thread is not scheduled. FORCE: root may pass net.core.rmem_max. */
const BUFFER_LENGTH = 4 << 20;
const O_RDWR = 2;
/** `TUNSETIFF`, IFF_TUN and IFF_NO_PI (no header before the IP packet), <linux/if_tun.h>. */
const TUNSETIFF = 0x4004_54ca;
const IFF_TUN_NO_PI = 0x1001;
/** `TUNSETFILTEREBPF`, since Linux 4.16. */
const TUNSETFILTEREBPF = 0x8004_54e1;
const SIOCGIFHWADDR = 0x8927;
/** struct ifreq: the name, then for SIOCGIFHWADDR a struct sockaddr with the MAC after its family. */
const IFREQ_LENGTH = 40;
const IFREQ_NAME_LENGTH = 16;
const IFREQ_MAC = 18;

/** Octets of struct sockaddr_in. */
export const SOCKADDR_IN_LENGTH = 16;
/** Where the IPv4 address stands in it. */
export const SOCKADDR_IN_ADDRESS = 4;
/** Room for the largest packet that UDP or a TUN device can bring, and for the headers before it. */
export const PACKET_BUFFER_LENGTH = 65_536 + 64;

/** struct sockaddr_in of an address with GTP-U's port. */
export const gtpuAddress = (address: string): Buffer => {
  const octets = Buffer.alloc(SOCKADDR_IN_LENGTH);
  octets.writeUInt16LE(AF_INET, 0);
  octets.writeUInt16BE(GTPU_PORT, 2);
  octets.set(ipOctets(address), SOCKADDR_IN_ADDRESS);
  return octets;
};

const interfaceRequest = (device: string): Buffer => {
  const request = Buffer.alloc(IFREQ_LENGTH);
  request.write(device, 0, IFREQ_NAME_LENGTH - 1, 'latin1');
  return request;
};

/** A blocking UDP socket on port 2152 of an own address. */
export const openGtpuSocket = (local: string): number => {
  const socket = check(libc.socket(AF_INET, SOCK_DGRAM, 0), 'socket UDP');
  for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE])
    check(libc.setsockopt(socket, SOL_SOCKET, option, int32(BUFFER_LENGTH), 4), 'setsockopt buffer');
  check(libc.bind(socket, gtpuAddress(local), SOCKADDR_IN_LENGTH), `bind ${local}:${GTPU_PORT}`);
  return socket;
};

/** The index of an interface of this namespace. @throws SystemError ENODEV */
const indexOf = (device: string): number => {
  const index = libc.ifNameToIndex(device);
  if (index === 0) throw new SystemError(`if_nametoindex ${device}`, errno());
  return index;
};

/** A blocking packet socket of one interface that does not see what is sent from here, and the interface's MAC. */
export const openRadio = (device: string): { socket: number; mac: string } => {
  const index = indexOf(device);
  const socket = openPacketSocket();
  setPacketOption(socket, PACKET.IGNORE_OUTGOING, 1, 'PACKET_IGNORE_OUTGOING');
  check(libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, int32(BUFFER_LENGTH), 4), 'setsockopt buffer');
  bindPacketSocket(socket, index);
  const request = interfaceRequest(device);
  check(libc.ioctl(socket, SIOCGIFHWADDR, request), `ioctl SIOCGIFHWADDR ${device}`);
  return { socket, mac: macText(request.subarray(IFREQ_MAC, IFREQ_MAC + 6)) };
};

/** A blocking descriptor of a TUN device that exists; each read and write is one IP packet. */
export const openTun = (device: string): number => {
  indexOf(device); // TUNSETIFF would make a new device, one without the phones' gateway address
  const tun = check(libc.open('/dev/net/tun', O_RDWR), 'open /dev/net/tun');
  const request = interfaceRequest(device);
  request.writeUInt16LE(IFF_TUN_NO_PI, IFREQ_NAME_LENGTH);
  check(libc.ioctl(tun, TUNSETIFF, request), `ioctl TUNSETIFF ${device}`);
  return tun;
};

/** Lets a program of bpf(2) say how many octets of each packet the readers of a TUN device get; undefined: all. */
export const setTunFilter = (tun: number, program: number | undefined): void => {
  check(libc.ioctl(tun, TUNSETFILTEREBPF, int32(program ?? -1)), 'ioctl TUNSETFILTEREBPF');
};

/** Errors after which the same call may succeed: a signal came, an interface is down, a peer's port was closed. */
const passing: ReadonlySet<number> = new Set([
  os.constants.errno.EINTR,
  os.constants.errno.ENETDOWN,
  os.constants.errno.ECONNREFUSED,
  os.constants.errno.EIO, // a TUN device that is down
]);

/** The octets that a blocking receiving call brought, or 0 when it has to be called again. @throws SystemError */
export const received = (result: number | bigint, call: string): number => {
  const octets = Number(result);
  if (octets >= 0) return octets;
  const code = errno();
  if (passing.has(code)) return 0;
  throw new SystemError(call, code);
};
