import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { hasProgram } from '../../src/engine/possible.ts';

const skip = hasProgram('vagrant') ? false : 'vagrant is not installed';

void t.test('vagrant takes the Vagrantfile', { skip }, (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'xiyou-vagrant-'));
  try {
    const env = { ...process.env, VAGRANT_HOME: home, VAGRANT_DOTFILE_PATH: path.join(home, 'machine') };
    // No provider has to be installed for this.
    const result = spawnSync('vagrant', ['validate', '--ignore-provider'], { env, encoding: 'utf8' });
    t.equal(result.status, 0, `${result.stdout}${result.stderr}`);
  } finally {
    rmSync(home, { recursive: true });
  }
  t.end();
});
