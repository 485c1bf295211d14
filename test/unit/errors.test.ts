import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { catalogue } from '../../src/errors.ts';

/** docs/errors.md: `## code`, and below it `Exit code N. Meaning.` */
const sections = new Map(
  readFileSync('docs/errors.md', 'utf8')
    .split(/^## /mu)
    .slice(1)
    .map((section) => {
      const [code = '', ...lines] = section.split('\n');
      return [code, lines.join('\n').trim()] as const;
    }),
);

void t.test('docs/errors.md and the catalogue list the same errors in the same order', (t) => {
  t.same([...sections.keys()], Object.keys(catalogue));
  t.end();
});

for (const [code, [exitCode, meaning]] of Object.entries(catalogue)) {
  void t.test(`docs/errors.md says of ${code} what the catalogue says, and what to do`, (t) => {
    const section = sections.get(code) ?? '';
    t.ok(section.startsWith(`Exit code ${exitCode}. ${meaning}`), section.split('\n')[0] ?? 'no section');
    t.match(section, /^What to do: \S/mu);
    t.end();
  });
}

void t.test('every error of the catalogue is thrown somewhere', (t) => {
  const sources = globSync(['src/**/*.ts', 'topologies/**/*.ts', 'scripts/**/*.ts']).map((file) =>
    readFileSync(file, 'utf8'),
  );
  // `new XiyouError('code'`, or `super('code'` of a class that extends it.
  const thrown = new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/(?:new XiyouError|super)\(\s*'([a-z-]+)'/gu)].map((match) => match[1]),
    ),
  );
  t.same(
    Object.keys(catalogue).filter((code) => !thrown.has(code)),
    [],
  );
  t.end();
});
