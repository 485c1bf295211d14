/** Commands of ours in nodes: the script that a placeholder stands for. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { nodePath } from '../../../src/engine/lab.ts';
import { programContent, programDirectory } from '../../../src/engine/program.ts';

void t.test('a placeholder becomes a script that runs the program with this Node and all its arguments', (t) => {
  const script = programContent('@program @lab/epc/ue-command.ts');
  t.match(script, /^#!\/bin\/sh\n/u);
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script, 'ue', 'status', "/nowhere/it's here"], {
    encoding: 'utf8',
  });
  t.equal(status, 1);
  t.match(stderr, "the phone does not answer at /nowhere/it's here", 'each argument is one word');
  t.end();
});

void t.test('any other content stays, also what only looks like one', (t) => {
  for (const content of ['', 'text\n', '@program @lab/../x y', 'see @program @lab/a.ts', '@pki/ca.crt'])
    t.equal(programContent(content), content);
  t.end();
});

void t.test('the directory is on the PATH of nodes', (t) => {
  t.ok(nodePath.split(':').includes(programDirectory));
  t.end();
});
