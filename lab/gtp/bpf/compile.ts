/**
 * program.bpf.c compiled by clang, once per machine: the object is kept in /var/cache/xiyou under the hash of its source and
 * of the command, so a changed source is another file. Nodes that start at the same time may compile it twice; each
 * writes a file of its own and renames it, so nobody reads half an object.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const source = path.join(import.meta.dirname, 'program.bpf.c');
/** Where the object is kept (FHS 3.0, 5.5); a node's machine sees the host's. */
export const CACHE = '/var/cache/xiyou';
/** Debian keeps <asm/types.h> beside the libraries of the machine's own architecture. */
const headers: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
/** Instruction set version 2, which has 64-bit and unsigned comparisons, came with Linux 4.14. */
const options = ['-O2', '-target', 'bpf', '-mcpu=v2', '-Wall', '-Werror', '-c', '-o', '-'];
/** Milliseconds that clang may take; it needs a tenth of a second. */
const LIMIT = 30_000;

/** Neither a compiler nor an object that one has made. */
export class NoCompiler extends Error {
  override readonly name = 'NoCompiler';
  constructor() {
    super('clang is not installed (apt-get install clang)');
  }
}

const compile = (argv: readonly string[]): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    execFile('clang', argv, { encoding: 'buffer', timeout: LIMIT, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new NoCompiler());
      else reject(new Error(`clang: ${stderr.toString().trim().split('\n')[0] ?? error.message}`, { cause: error }));
    });
  });

/** Keeps the object for the next start; a machine where that is not possible compiles each time. */
const keep = async (file: string, object: Buffer): Promise<void> => {
  const mine = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(mine, object);
    await rename(mine, file);
  } catch {
    await rm(mine, { force: true }).catch(() => undefined);
  }
};

/** The object file's octets. @param cache the directory it is kept in @throws NoCompiler; Error when clang refuses */
export const compiledObject = async (cache = CACHE): Promise<Buffer> => {
  const argv = [...options, '-idirafter', `/usr/include/${headers[process.arch] ?? ''}`, source];
  const text = await readFile(source);
  const hash = createHash('sha256').update(options.join(' ')).update(process.arch).update(text).digest('hex');
  const file = path.join(cache, `gtpu-${hash.slice(0, 32)}.o`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept !== undefined) return kept;
  const object = await compile(argv);
  await keep(file, object);
  return object;
};
