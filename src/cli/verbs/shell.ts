/** `xiyou shell`: a login on a node: its own host name, /etc/hosts, processes, vtysh, ovs-vsctl and logs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type CommonOptions, withExamples, withLab } from '../options.ts';

/** What bash reads at its start in a node: the prompt says where one is. */
const bashrc = `[ -f /etc/bash.bashrc ] && . /etc/bash.bashrc
PS1='\\[\\e[1;33m\\]$XIYOU_LAB\\[\\e[0m\\]:\\[\\e[1;36m\\]\\h\\[\\e[0m\\]:\\w\\$ '
alias ll='ls -l' ip='ip --color=auto'
cd /root 2>/dev/null || cd /
`;

export const shell = (program: Command): void => {
  const command = program
    .command('shell')
    .alias('connect')
    .description('open a shell in a node')
    .argument('<node>', 'the node');
  withExamples(withLab(command), [
    'xiyou shell a2',
    'then: vtysh, ps, ip route, tcpdump -i any, tail /var/log/bgpd.log',
  ]).action(async (name: string, options: CommonOptions) => {
    const [{ withLab: open }, { findNode }, { openTerminal }, { locate }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/state.ts'),
      import('../../kernel/terminal.ts'),
      import('../../engine/files.ts'),
    ]);
    process.exitCode = await open(options.lab, async (lab) => {
      const node = findNode(lab.state, name).name;
      const place = await lab.insideMachine(node);
      mkdirSync(locate(lab.rootOf(node), '/etc/xiyou'), { recursive: true });
      writeFileSync(locate(lab.rootOf(node), '/etc/xiyou/bashrc'), bashrc);
      const { stdin, stdout } = process;
      const size = (): { cols: number; rows: number } => ({ cols: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
      const terminal = await openTerminal(place, ['/bin/bash', '--rcfile', '/etc/xiyou/bashrc', '-i'], {
        ...size(),
        env: { TERM: process.env['TERM'] ?? 'xterm-256color' },
      });
      terminal.onData((text) => void stdout.write(text));
      const type = (chunk: Buffer): void => terminal.write(chunk.toString());
      const resize = (): void => terminal.resize(size());
      if (stdin.isTTY) stdin.setRawMode(true);
      stdin.on('data', type).once('end', () => terminal.write('\u0004'));
      stdout.on('resize', resize);
      try {
        return await terminal.ended;
      } finally {
        if (stdin.isTTY) stdin.setRawMode(false);
        stdin.off('data', type).pause();
        stdout.off('resize', resize);
      }
    });
  });
};
