/** The addresses on the node's loopback. Each lasts a few seconds, so that none outlives the program that answers for it. */
import type { Prefix } from '../../src/address/ip.ts';
import { MessageBatch } from '../../src/kernel/message.ts';
import { NetlinkSocket } from '../../src/kernel/netlink.ts';
import { deleteAddress, newAddress } from '../../src/kernel/rtnetlink.ts';

/** The loopback's number is 1 in every namespace (net/core/dev.c gives numbers in the order of making). */
const LOOPBACK = 1;

export class Loopback {
  readonly #netlink = new NetlinkSocket();
  readonly #lifetime: number;

  /** @param lifetime seconds */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
  }

  /** Makes sure that the address is there for one lifetime more. */
  hold(address: Prefix): void {
    const batch = new MessageBatch<Prefix>(128);
    newAddress(batch, address, LOOPBACK, address, this.#lifetime);
    const [refusal] = this.#netlink.execute(batch);
    if (refusal !== undefined) throw new Error(`the kernel refuses the address: ${refusal.text ?? refusal.name}`);
  }

  /** Takes the address away; nothing happens when it is not there. */
  release(address: Prefix): void {
    const batch = new MessageBatch<Prefix>(128);
    deleteAddress(batch, address, LOOPBACK, address);
    const [refusal] = this.#netlink.execute(batch);
    if (refusal !== undefined && refusal.name !== 'EADDRNOTAVAIL')
      throw new Error(`the kernel refuses to take the address: ${refusal.text ?? refusal.name}`);
  }
}
