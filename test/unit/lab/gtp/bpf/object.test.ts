/** The programs as clang compiles them, and the reader of its object files. No root: nothing is given to the kernel. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import t from 'tap';
import { compiledObject } from '../../../../../lab/gtp/bpf/compile.ts';
import { lengths, place } from '../../../../../lab/gtp/bpf/layout.ts';
import { linked, readObject } from '../../../../../lab/gtp/bpf/object.ts';
import { SLOTS } from '../../../../../lab/gtp/session-table.ts';
import { programType } from '../../../../../src/kernel/bpf.ts';

const cache = mkdtempSync(path.join(os.tmpdir(), 'bpf-object-'));
t.teardown(() => rmSync(cache, { recursive: true }));
const { PATH } = process.env;
const withPath = async <T>(value: string, work: () => Promise<T>): Promise<T> => {
  process.env['PATH'] = value;
  try {
    return await work();
  } finally {
    process.env['PATH'] = PATH;
  }
};

const made = await Promise.all([compiledObject(cache), compiledObject(cache)]).catch(
  (error: unknown) => error as Error,
);
const skip = made instanceof Error && /not installed/u.test(made.message) ? made.message : false;

void t.test('two that start at once get the same whole object, and a third needs no compiler', { skip }, async (t) => {
  if (!Array.isArray(made)) throw made;
  const [one, two] = made;
  t.same(one, two);
  t.equal(readdirSync(cache).length, 1, 'no half objects are left');
  t.same(await withPath('/nowhere', () => compiledObject(cache)), one);
});

void t.test('without a compiler and without an object, the error says what to do', async (t) => {
  const empty = path.join(cache, 'empty');
  await t.rejects(
    withPath('/nowhere', () => compiledObject(empty)),
    { message: 'clang is not installed (apt-get install clang)' },
  );
});

void t.test('a cache that cannot be written does not hinder', { skip }, async (t) => {
  const file = path.join(cache, 'file');
  writeFileSync(file, '');
  t.same(await compiledObject(path.join(file, 'below')), Array.isArray(made) ? made[0] : undefined);
});

void t.test('maps and programs are those that the loader expects', { skip }, (t) => {
  if (!Array.isArray(made)) throw made;
  const { maps, programs } = readObject(made[0]);
  t.match(Object.fromEntries(maps), {
    tunnels: { key: lengths.tunnelKey, value: lengths.way, entries: 2 * SLOTS },
    phones: { key: lengths.phoneKey, value: lengths.way, entries: SLOTS },
    addresses: { key: lengths.addressKey, value: lengths.way, entries: SLOTS },
    routes: { key: lengths.addressKey, value: lengths.route, entries: 2 * SLOTS },
    counters: { value: lengths.count, entries: 2 * SLOTS },
    programs: { entries: Object.keys(place).length },
  });
  for (const name of Object.keys(place)) {
    t.equal(programs.get(name)?.type, programType.classifier, name);
    t.same(
      programs.get(`${name}_entry`)?.maps.map(({ map }) => map),
      ['programs'],
    );
  }
  t.equal(programs.get('radio_rest')?.type, programType.socketFilter);
  t.equal(programs.get('tun_rest')?.type, programType.socketFilter);
  t.end();
});

void t.test('descriptors take the place of maps', { skip }, (t) => {
  if (!Array.isArray(made)) throw made;
  const program = readObject(made[0]).programs.get('tun_entry');
  if (program === undefined) throw new Error('there is no tun_entry');
  const [use] = program.maps;
  const instructions = linked(program, new Map([['programs', 0x1234]]));
  const at = use?.at ?? 0;
  // lddw, source register 1: the immediate is a map's descriptor.
  t.equal(instructions.toString('hex', at, at + 8).replace(/^18(.)./u, '18$1?'), '181?000034120000');
  t.not(instructions, program.instructions);
  t.throws(() => linked(program, new Map()), { message: 'there is no map programs' });
  t.end();
});

void t.test('what is no object for BPF is refused', (t) => {
  for (const octets of [Buffer.alloc(0), Buffer.alloc(100), Buffer.from('\u007fELF'.padEnd(64, '\0'), 'latin1')])
    t.throws(() => readObject(octets), { message: 'not an object file for BPF' });
  t.end();
});
