/** Binds: files and directories of the lab's folder, put into nodes. FRR's own become `frr:`, all others `files:`. */
import type { Path } from '../problem.ts';
import type { Written } from './inherit.ts';
import { textOf } from './shape.ts';

/** Directories in which a node may have files of its own (features/shared/values.ts). */
const possible = /^\/(?:etc|srv|opt|root|var|run)\/./u;

/** Where binds to other places go. */
const elsewhere = '/srv/clab';

/** Directories of the machine that every node sees as they are. */
const shared = /^\/(?:bin|boot|dev|lib\w*|proc|sbin|sys|usr)(?:\/|$)/u;

/** What every node sees anyway: the machine's own. */
const machines = /^\/(?:lib\/modules|usr\/share\/zoneinfo|etc\/localtime|etc\/timezone)(?:\/|$)/u;

export interface Binds {
  /** Keys of `frr:` -> path. */
  readonly frr: Map<string, { readonly from: string; readonly path: Path }>;
  readonly files: { readonly path: string; readonly from: string; readonly at: Path }[];
  /** Targets that are below `/srv/clab` here. */
  readonly moved: readonly string[];
}

/** A text with the paths that were moved, where they stand by themselves or begin a path: `sh -c "/setup.sh > /tmp/log"`. */
export const withMoved = (text: string, moved: readonly string[]): string =>
  moved.reduce(
    (rest, target) =>
      rest.replaceAll(
        new RegExp(`(?<![\\w./-])${target.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)}(?![\\w.-])`, 'gu'),
        () => `${elsewhere}${target}`,
      ),
    text,
  );

export interface BindContext {
  readonly router: boolean;
  readonly problem: (path: Path, message: string, hint?: string) => void;
  readonly note: (text: string) => void;
}

const frrFile = (target: string): string | undefined => {
  if (/^\/etc\/frr\/?$/u.test(target)) return 'directory';
  const name = /^\/etc\/frr\/([a-z0-9.]+)$/u.exec(target)?.[1];
  if (name === 'frr.conf') return 'config';
  if (name === 'daemons') return 'daemons';
  return /^(zebra|[a-z0-9]+d)\.conf$/u.exec(name ?? '')?.[1];
};

/** Reads the binds of a node; one that binds the same target nearer wins. */
export const readBinds = (written: readonly Written[], context: BindContext): Binds => {
  const frr: Binds['frr'] = new Map();
  const files = new Map<string, { path: string; from: string; at: Path }>();
  const moved: string[] = [];
  for (const { value, path } of written) {
    const [source = '', target = '', ...options] = (textOf(value) ?? '').split(':');
    if (source === '' || !target.startsWith('/')) {
      context.problem(path, 'a bind is written SOURCE:TARGET, with an absolute target');
      continue;
    }
    const unknown = options.flatMap((option) => option.split(',')).filter((option) => !/^(?:ro|rw|z|Z)$/u.test(option));
    if (unknown.length > 0) context.problem(path, `the bind option "${unknown.join(',')}" is not possible here`);
    if (source === target && machines.test(source)) continue;
    if (source.endsWith('.sock')) {
      context.problem(path, `a bind of the socket ${source} is not possible here`);
      continue;
    }
    const key = context.router ? frrFile(target) : undefined;
    if (key !== undefined) frr.set(key, { from: source, path });
    else if (context.router && target === '/etc/frr/vtysh.conf')
      context.note('a bound vtysh.conf is not used: vtysh works in every router as it is');
    else if (possible.test(target))
      files.set(target.replace(/\/$/u, ''), { path: target.replace(/\/$/u, ''), from: source, at: path });
    else if (shared.test(target) || target === '/')
      context.problem(
        path,
        `a bind to ${target} is not possible here: nodes share it with the machine`,
        'nodes have files of their own below /etc, /srv, /opt, /root, /var and /run',
      );
    else {
      const plain = target.replace(/\/$/u, '');
      files.set(plain, { path: `${elsewhere}${plain}`, from: source, at: path });
      moved.push(plain);
      context.note(
        `${plain} is ${elsewhere}${plain} here, also in exec and cmd: nodes have no files of their own at /`,
      );
    }
  }
  return { frr, files: [...files.values()], moved };
};
