/**
 * Splits an integrated frr.conf into the configuration of each daemon, by FRR's own knowledge of whose line is whose:
 * vtysh is given the file and, in place of the daemons, sockets of ours that write down what it sends to each. Its
 * complaints about lines that no daemon of this FRR knows come with their numbers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import { frrDaemons } from '../features/frr/daemons.ts';
import { hasProgram } from './possible.ts';
import { runHereAnyExit } from './run.ts';

export interface SplitConfiguration {
  /** Daemon -> its lines, each with its number in the integrated file. */
  readonly daemons: ReadonlyMap<string, readonly { readonly line: number; readonly text: string }[]>;
  /** Lines that this FRR does not take. */
  readonly refused: readonly { readonly line: number; readonly message: string }[];
}

/** What vtysh says to every daemon around the lines of the file (FRR, vtysh/vtysh.c). */
const ceremony = new Set([
  'enable',
  'disable',
  'configure terminal',
  'XFRR_start_configuration',
  'XFRR_end_configuration',
]);

/** Success, as a daemon answers a command without output (FRR, lib/vty.c: three zeros and CMD_SUCCESS). */
const success = Buffer.from([0, 0, 0, 0]);

/** A socket that takes every command and remembers it. */
const listen = (socket: string, heard: string[]): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((connection) => {
      let rest = Buffer.alloc(0);
      connection.on('error', () => connection.destroy());
      connection.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk]);
        for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
          heard.push(rest.subarray(0, end).toString().trimEnd());
          rest = rest.subarray(end + 1);
          connection.write(success);
        }
      });
    });
    server.on('error', reject).listen(socket, () => resolve(server));
  });

/** Numbers the lines that a daemon was sent: they come in the order of the file. */
const numbered = (heard: readonly string[], lines: readonly string[]): { line: number; text: string }[] => {
  let at = 0;
  return heard
    .filter((text) => !ceremony.has(text))
    .flatMap((text) => {
      // vtysh goes back to the top by itself, between two lines of the file.
      const own = lines.indexOf(text, at);
      if (own < 0) return text === 'end' || text === 'configure' ? [{ line: Math.max(1, at), text }] : [];
      if (text === 'end' || text === 'configure') return [{ line: Math.max(1, at), text }];
      at = own + 1;
      return [{ line: at, text }];
    });
};

const splitNow = async (text: string): Promise<SplitConfiguration> => {
  if (!hasProgram('vtysh'))
    throw new XiyouError('machine-lacks', 'an integrated frr.conf is split by vtysh, which this machine lacks', {
      hint: 'apt-get install frr (or run the set-up: npm run setup)',
    });
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-frr-'));
  const servers: Server[] = [];
  try {
    const heard = new Map(frrDaemons.map((name) => [name as string, [] as string[]]));
    for (const [name, list] of heard) servers.push(await listen(path.join(directory, `${name}.vty`), list));
    const file = path.join(directory, 'frr.conf');
    // vtysh reads a line only when it ends, and none of the machine's own settings.
    writeFileSync(file, text.endsWith('\n') ? text : `${text}\n`);
    writeFileSync(path.join(directory, 'vtysh.conf'), '');
    const argv = ['vtysh', '--vty_socket', directory, '--config_dir', directory, '--inputfile', file];
    const { stdout, stderr } = await runHereAnyExit(argv, { VTYSH_LOG: '', VTYSH_PAGER: 'cat' });
    const refused = [...`${stdout}\n${stderr}`.matchAll(/^line (\d+): (?:% )?(.*)$/gmu)].map((match) => ({
      line: Number(match[1]),
      message: (match[2] ?? '').replace(/\[\d+\]/u, ''),
    }));
    const lines = text.split('\n').map((line) => line.trimEnd());
    return {
      daemons: new Map([...heard].map(([name, list]) => [name, numbered(list, lines)])),
      refused,
    };
  } finally {
    for (const server of servers) server.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

const known = new Map<string, Promise<SplitConfiguration>>();

/** Splits a configuration; the same text is split once. */
export const splitConfiguration = (text: string): Promise<SplitConfiguration> => {
  let split = known.get(text);
  if (split === undefined) known.set(text, (split = splitNow(text)));
  return split;
};
