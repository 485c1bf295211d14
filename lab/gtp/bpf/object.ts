/**
 * A relocatable ELF file as clang makes it of program.bpf.c (System V ABI, chapter 4; the kernel's
 * Documentation/bpf/llvm_reloc.rst): programs, each in a section `<type>/<name>`, and maps, each a `struct map` of five
 * words in the section `maps`. An instruction that loads a map's address has a relocation that names the map.
 */
import type { MapShape, ProgramType } from '../../../src/kernel/bpf.ts';
import { programType } from '../../../src/kernel/bpf.ts';

/** e_machine of BPF, and the sizes and fields of the structures, <elf.h>. */
const EM_BPF = 247;
const SECTION_LENGTH = 64;
const SYMBOL_LENGTH = 24;
const RELOCATION_LENGTH = 16;
const SHT_SYMTAB = 2;
const SHT_REL = 9;
/** R_BPF_64_64: the 64-bit immediate of a `lddw` instruction. */
const R_BPF_64_64 = 1;
/** The second half of the first octet pair of `lddw`: the immediate is a map's descriptor (<linux/bpf.h>). */
const BPF_PSEUDO_MAP_FD = 1;
const LDDW = 0x18;
const MAP_LENGTH = 20;

const typeOfPrefix: Readonly<Record<string, ProgramType>> = {
  classifier: programType.classifier,
  socket: programType.socketFilter,
};

export interface BpfProgram {
  readonly type: ProgramType;
  readonly instructions: Buffer;
  /** Octet offsets of the instructions that need the descriptor of a map. */
  readonly maps: readonly { readonly at: number; readonly map: string }[];
}

export interface BpfObject {
  readonly maps: ReadonlyMap<string, MapShape>;
  readonly programs: ReadonlyMap<string, BpfProgram>;
}

interface Section {
  readonly name: string;
  readonly type: number;
  readonly octets: Buffer;
  /** sh_info: of relocations, the section that they are for. */
  readonly info: number;
}

const textAt = (octets: Buffer, at: number): string => octets.toString('latin1', at, octets.indexOf(0, at));

const sectionsOf = (file: Buffer): Section[] => {
  const header = file.subarray(0, 64);
  if (header.length < 64 || header.toString('latin1', 0, 4) !== '\u007fELF' || header.readUInt16LE(18) !== EM_BPF)
    throw new Error('not an object file for BPF');
  const [start, count] = [Number(header.readBigUInt64LE(40)), header.readUInt16LE(60)];
  const raw = Array.from({ length: count }, (_, index) => {
    const entry = file.subarray(start + index * SECTION_LENGTH);
    const [at, length] = [Number(entry.readBigUInt64LE(24)), Number(entry.readBigUInt64LE(32))];
    const octets = file.subarray(at, at + length);
    return { name: entry.readUInt32LE(0), type: entry.readUInt32LE(4), octets, info: entry.readUInt32LE(44) };
  });
  const names = raw[header.readUInt16LE(62)]?.octets ?? Buffer.alloc(1);
  return raw.map((section) => ({ ...section, name: textAt(names, section.name) }));
};

/** @throws Error when it is no object of BPF, or has what only a larger loader understands (functions, global data) */
export const readObject = (file: Buffer): BpfObject => {
  const sections = sectionsOf(file);
  const table = sections.find(({ type }) => type === SHT_SYMTAB)?.octets ?? Buffer.alloc(0);
  // The string table of symbols is the one of sections too: clang makes one.
  const names = sections.find(({ name }) => name === '.strtab')?.octets ?? Buffer.alloc(1);
  const symbols = Array.from({ length: table.length / SYMBOL_LENGTH }, (_, index) => {
    const entry = table.subarray(index * SYMBOL_LENGTH);
    return {
      name: textAt(names, entry.readUInt32LE(0)),
      section: sections[entry.readUInt16LE(6)],
      value: Number(entry.readBigUInt64LE(8)),
    };
  });

  const maps = new Map<string, MapShape>();
  for (const { name, section, value } of symbols) {
    if (section?.name !== 'maps') continue;
    const words = section.octets.subarray(value, value + MAP_LENGTH);
    const [type = 0, key = 0, size = 0, entries = 0, flags = 0] = [0, 4, 8, 12, 16].map((at) => words.readUInt32LE(at));
    maps.set(name, { type, key, value: size, entries, flags });
  }

  const programs = new Map<string, BpfProgram>();
  for (const [index, { name, octets }] of sections.entries()) {
    const [prefix = '', short] = name.split('/');
    const type = typeOfPrefix[prefix];
    if (type === undefined || short === undefined) continue;
    const relocations = sections.find((section) => section.type === SHT_REL && section.info === index)?.octets;
    const uses = Array.from({ length: (relocations?.length ?? 0) / RELOCATION_LENGTH }, (_, number) => {
      const entry = relocations?.subarray(number * RELOCATION_LENGTH) ?? Buffer.alloc(RELOCATION_LENGTH);
      const [at, symbol] = [Number(entry.readBigUInt64LE(0)), symbols[entry.readUInt32LE(12)]];
      if (entry.readUInt32LE(8) !== R_BPF_64_64 || symbol?.section?.name !== 'maps' || octets[at] !== LDDW)
        throw new Error(`${name}: octet ${at} refers to ${symbol?.name ?? 'nothing'}, which is no map`);
      return { at, map: symbol.name };
    });
    programs.set(short, { type, instructions: octets, maps: uses });
  }
  return { maps, programs };
};

/** The instructions with the maps' descriptors in place. @throws Error when `descriptors` lacks a map */
export const linked = (program: BpfProgram, descriptors: ReadonlyMap<string, number>): Buffer => {
  const instructions = Buffer.from(program.instructions);
  for (const { at, map } of program.maps) {
    const descriptor = descriptors.get(map);
    if (descriptor === undefined) throw new Error(`there is no map ${map}`);
    // The source register is the high half of the octet behind the operation code.
    instructions[at + 1] = ((instructions[at + 1] ?? 0) & 0x0f) | (BPF_PSEUDO_MAP_FD << 4);
    instructions.writeInt32LE(descriptor, at + 4);
  }
  return instructions;
};
