/**
 * The phone's interface while it is attached: the address of its bearer, a default route over the radio, and the DNS
 * servers that the network told. There is no DHCP in LTE; all of this comes in the attach. When the phone changes its
 * cell the address stays, and only the next hop follows: connections of TCP survive.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { addressOctets, parseAddress, type Address, type Prefix } from '../../../src/address/ip.ts';
import { errno, libc, SystemError } from '../../../src/kernel/libc.ts';
import { MessageBatch } from '../../../src/kernel/message.ts';
import { NetlinkSocket, type Refusal } from '../../../src/kernel/netlink.ts';
import { dumpAddresses, dumpNeighbours } from '../../../src/kernel/rtnetlink-read.ts';
import { AF, IFA, newAddress, newRoute, setLink, setNeighbour } from '../../../src/kernel/rtnetlink.ts';
import type { Bearer } from './types.ts';

/** <linux/rtnetlink.h>. */
const RTM_DELADDR = 21;
const HOST_BITS = 32;

const addressOf = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`not an IP address: ${text}`);
  return address;
};
const everywhere: Prefix = { ...addressOf('0.0.0.0'), length: 0 };

export interface PhoneInterface {
  /** @param cell the serving eNodeB's address @throws Error with what the kernel refused; then nothing is left of it. */
  readonly configure: (bearer: Bearer, cell: string) => void;
  /** Another eNodeB serves the phone: packets go there. @throws Error with what the kernel refused */
  readonly follow: (cell: string) => void;
  /** Index of the interface. */
  readonly index: number;
  /** The MAC address of an eNodeB, as far as the kernel knows it. */
  readonly macOf: (cell: string) => string | undefined;
  /** Takes everything back that `configure` did. */
  readonly clear: () => void;
}

const complain = (refusals: readonly Refusal<string>[]): void => {
  const [first] = refusals;
  if (first !== undefined)
    throw new Error(`${first.context}: ${first.name}${first.text === undefined ? '' : ` (${first.text})`}`);
};

const content = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * The interface of this namespace. A bearer's address that a phone left there when it was killed goes.
 *
 * @param radio the own address on the radio, which stays @param resolv the file for DNS servers
 * @param gateway the next hop, for which the serving eNodeB answers; its own address when undefined
 * @throws SystemError when there is no such interface
 */
export const phoneInterface = (
  device: string,
  radio: string,
  resolv: string,
  gateway: string | undefined,
): PhoneInterface => {
  const index = libc.ifNameToIndex(device);
  if (index === 0) throw new SystemError(`if_nametoindex ${device}`, errno());
  const netlink = new NetlinkSocket();
  let configured: { readonly address: string; readonly before: string | undefined } | undefined;

  const remove = (address: string): void => {
    const batch = new MessageBatch<string>();
    batch.begin(RTM_DELADDR, 0, `ip address del ${address} dev ${device}`);
    batch
      .u8(AF.INET)
      .u8(HOST_BITS)
      .u8(0)
      .u8(0)
      .u32(index)
      .attribute(IFA.LOCAL, addressOctets(addressOf(address)))
      .end();
    // The default route goes with the address that it prefers. One that is gone already is what was wanted.
    netlink.execute(batch);
  };
  for (const known of dumpAddresses(netlink)) {
    const [address = '', length] = known.address.split('/');
    if (known.index === index && length === String(HOST_BITS) && address !== radio) remove(address);
  }
  const clear = (): void => {
    if (configured === undefined) return;
    const { address, before } = configured;
    configured = undefined;
    remove(address);
    writeFileSync(resolv, before ?? '');
  };
  const macOf = (cell: string): string | undefined =>
    dumpNeighbours(netlink).find((one) => one.index === index && one.address === cell)?.mac;
  const route = (batch: MessageBatch<string>, address: string, cell: string, replace: boolean): void => {
    const via = gateway ?? cell;
    const verb = replace ? 'replace' : 'add';
    newRoute(batch, `ip route ${verb} default via ${via} dev ${device} onlink src ${address}`, {
      to: everywhere,
      via: addressOf(via),
      dev: index,
      src: addressOf(address),
      onlink: true,
      replace,
    });
    if (gateway === undefined) return;
    // Whoever answered for the gateway before is not asked again for a while: what is known of the cell is right.
    const mac = macOf(cell);
    if (mac !== undefined)
      setNeighbour(batch, `ip neighbour replace ${gateway} lladdr ${mac}`, index, addressOf(gateway), mac);
  };
  return {
    index,
    macOf,
    clear,
    follow: (cell) => {
      if (configured === undefined) return;
      const batch = new MessageBatch<string>();
      route(batch, configured.address, cell, true);
      complain(netlink.execute(batch));
    },
    configure: (bearer, cell) => {
      clear();
      const { address, dns, mtu } = bearer;
      const batch = new MessageBatch<string>();
      if (mtu !== undefined) setLink(batch, `ip link set ${device} mtu ${mtu}`, index, { mtu });
      const own = addressOf(address);
      newAddress(batch, `ip address add ${address}/32 dev ${device}`, index, { ...own, length: HOST_BITS });
      route(batch, address, cell, false);
      configured = { address, before: content(resolv) };
      try {
        complain(netlink.execute(batch));
        writeFileSync(resolv, dns.map((server) => `nameserver ${server}\n`).join(''));
      } catch (error) {
        clear();
        throw error;
      }
    },
  };
};
