/**
 * bpf(2): maps and programs of the kernel's own virtual machine, held by descriptors of this process and by what they are
 * attached to; there is no file system of them. Numbers are from <linux/bpf.h>.
 */
import process from 'node:process';
import { addressOf, check, errno, int32, libc, SystemError, view } from './libc.ts';
import { SOL_SOCKET } from './packet-socket.ts';

/** Number of bpf(2) by Node's name of the architecture, <asm/unistd.h>. */
const callNumber: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

const command = { createMap: 0, update: 2, remove: 3, load: 5 } as const;
/** Octets of union bpf_attr as far as it is filled in here; the kernel takes the rest as zero. */
const ATTRIBUTES_LENGTH = 72;
/** Octets of the verifier's words, when it refuses a program. */
const LOG_LENGTH = 1 << 18;

export const mapType = { hash: 1, array: 2, programs: 3 } as const;
/** `SCHED_CLS` is what tc(8) runs, `SOCKET_FILTER` what a socket or a TUN device asks about each packet. */
export const programType = { socketFilter: 1, classifier: 3 } as const;
export type ProgramType = (typeof programType)[keyof typeof programType];
/** The map's memory can be mapped by mmap(2); since Linux 5.5. */
export const BPF_F_MMAPABLE = 1 << 10;

const RLIMIT_MEMLOCK = 8;
const SO_ATTACH_BPF = 50;
const PROT_READ = 1;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const PAGE = 4096;

const call = (number: number, attributes: Buffer, what: string): number => {
  const system = callNumber[process.arch];
  if (system === undefined) throw new Error(`bpf(2): its number on ${process.arch} is not known here`);
  return check(libc.syscall(system, number, attributes, attributes.length), `bpf ${what}`);
};

let unlimited = false;

/** Before Linux 5.11 the memory of maps counts as locked memory, of which even root has 64 KiB by default. */
const liftLimit = (): void => {
  if (unlimited) return;
  unlimited = true;
  // A container may forbid it; where it matters, the map that finds no room says so.
  libc.setrlimit(RLIMIT_MEMLOCK, Buffer.alloc(16, 0xff));
};

/** What a map is: type, octets of a key and of a value, number of entries, BPF_F_ flags. */
export interface MapShape {
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags: number;
}

/** @returns a descriptor @throws SystemError EPERM without CAP_BPF or where the kernel has no bpf(2) for us */
export const createMap = ({ type, key, value, entries, flags }: MapShape, name: string): number => {
  liftLimit();
  const attributes = Buffer.alloc(ATTRIBUTES_LENGTH);
  for (const [index, number] of [type, key, value, entries, flags].entries())
    attributes.writeUInt32LE(number, index * 4);
  attributes.write(name.slice(0, 15), 28, 'latin1');
  return call(command.createMap, attributes, `map ${name}`);
};

const entryAttributes = (map: number, key: Buffer, value: Buffer | undefined): Buffer => {
  const attributes = Buffer.alloc(32);
  attributes.writeUInt32LE(map, 0);
  attributes.writeBigUInt64LE(addressOf(key), 8);
  if (value !== undefined) attributes.writeBigUInt64LE(addressOf(value), 16);
  return attributes;
};

/** Puts an entry, or replaces it; a program that looks it up meanwhile sees the old or the new one whole. */
export const setEntry = (map: number, key: Buffer, value: Buffer): void => {
  call(command.update, entryAttributes(map, key, value), 'update');
};

/** Takes an entry away; one that is not there is no error. */
export const removeEntry = (map: number, key: Buffer): void => {
  const attributes = entryAttributes(map, key, undefined);
  libc.syscall(callNumber[process.arch] ?? -1, command.remove, attributes, attributes.length);
};

/** Puts a program in its place of a map of programs. That map forgets all of them when its last descriptor is closed. */
export const setProgram = (map: number, index: number, program: number): void =>
  setEntry(map, int32(index), int32(program));

/** The memory of an array with BPF_F_MMAPABLE, to read. */
export const mapMemory = (map: number, octets: number): { readonly memory: Buffer; readonly unmap: () => void } => {
  const length = Math.ceil(octets / PAGE) * PAGE;
  const pointer: unknown = libc.mmap(null, length, PROT_READ, MAP_SHARED, map, 0);
  if (pointer === MAP_FAILED) throw new SystemError('mmap of a BPF map', errno());
  return { memory: view(pointer, octets), unmap: () => void libc.munmap(pointer, length) };
};

const load = (type: ProgramType, instructions: Buffer, name: string, log: Buffer | undefined): number => {
  const license = Buffer.from('Apache-2.0\0');
  const attributes = Buffer.alloc(ATTRIBUTES_LENGTH);
  attributes.writeUInt32LE(type, 0);
  attributes.writeUInt32LE(instructions.length / 8, 4);
  attributes.writeBigUInt64LE(addressOf(instructions), 8);
  attributes.writeBigUInt64LE(addressOf(license), 16);
  if (log !== undefined) {
    attributes.writeUInt32LE(1, 24);
    attributes.writeUInt32LE(log.length, 28);
    attributes.writeBigUInt64LE(addressOf(log), 32);
  }
  attributes.write(name.slice(0, 15), 48, 'latin1');
  return call(command.load, attributes, `program ${name}`);
};

/**
 * Gives a program to the kernel's verifier. `instructions` name maps by descriptor.
 * @returns a descriptor @throws Error with the verifier's last words when it refuses
 */
export const loadProgram = (type: ProgramType, instructions: Buffer, name: string): number => {
  try {
    return load(type, instructions, name, undefined);
  } catch (refused) {
    const log = Buffer.alloc(LOG_LENGTH);
    try {
      return load(type, instructions, name, log);
    } catch {
      const words = log.toString('latin1', 0, log.indexOf(0)).trimEnd().split('\n').slice(-3).join('; ');
      if (words === '') throw refused;
      throw new Error(`${refused instanceof Error ? refused.message : String(refused)}: ${words}`, { cause: refused });
    }
  }
};

/** Lets a program of type socketFilter decide how many octets of each packet a socket gets; 0 is none. */
export const attachToSocket = (socket: number, program: number): void => {
  check(libc.setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, int32(program), 4), 'setsockopt SO_ATTACH_BPF');
};
