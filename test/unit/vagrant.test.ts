import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { hasProgram } from '../../src/engine/possible.ts';

const skip = hasProgram('vagrant') ? false : 'vagrant is not installed';

/** Runs vagrant with a home of its own; no provider has to be installed. */
const vagrant = (words: readonly string[]) => {
  const home = mkdtempSync(path.join(tmpdir(), 'xiyou-vagrant-'));
  try {
    const env = { ...process.env, VAGRANT_HOME: home, VAGRANT_DOTFILE_PATH: path.join(home, 'machine') };
    return spawnSync('vagrant', words, { env, encoding: 'utf8' });
  } finally {
    rmSync(home, { recursive: true });
  }
};

void t.test('vagrant takes the Vagrantfile', { skip }, (t) => {
  const result = vagrant(['validate', '--ignore-provider']);
  t.equal(result.status, 0, `${result.stdout}${result.stderr}`);
  t.end();
});

/** Vagrant 2.3.4 is [2, 3]. */
const version = (): number[] =>
  (/^Vagrant (\d+)\.(\d+)/mu.exec(vagrant(['--version']).stdout) ?? []).slice(1).map(Number);

void t.test('a Vagrant that cannot choose the box for its processor says so and makes nothing', { skip }, (t) => {
  const [major = 0, minor = 0] = version();
  if (major > 2 || minor >= 4) {
    t.pass('this one can');
    return t.end();
  }
  const result = vagrant(['up', '--no-provision']);
  t.not(result.status, 0);
  t.match(result.stderr, /Vagrant 2\.\d+\.\d+ cannot choose .*\n +what to do: install Vagrant 2\.4/u);
  t.end();
});
