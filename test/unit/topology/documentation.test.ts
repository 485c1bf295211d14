import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { loadText, loadValue } from '../../../src/topology/load.ts';
import type { Registry } from '../../../src/topology/registry.ts';

const page = readFileSync('docs/topology.md', 'utf8');
const kindsAndFeatures = registry as unknown as Registry;
const blocks = (language: string, text: string = page): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gmsu'))].map((match) => match[1] ?? '');

void t.test('every example of docs/topology.md is a valid topology', (t) => {
  const examples = blocks('yaml');
  t.ok(examples.length > 10);
  for (const [index, example] of examples.entries()) {
    t.doesNotThrow(
      () => loadText(`name: example\n${example}`, `example ${index + 1}`, kindsAndFeatures),
      example.slice(0, 200),
    );
  }
  t.end();
});

void t.test('so is every example of docs/policy.md and docs/rpki.md', (t) => {
  const examples = ['policy', 'rpki'].flatMap((name) => blocks('yaml', readFileSync(`docs/${name}.md`, 'utf8')));
  t.equal(examples.length, 4);
  for (const [index, example] of examples.entries()) {
    t.doesNotThrow(
      () => loadText(`name: example\n${example}`, `example ${index + 1}`, kindsAndFeatures),
      example.slice(0, 200),
    );
  }
  t.end();
});

void t.test('so is the example of docs/balancers.md', (t) => {
  const examples = blocks('yaml', readFileSync('docs/balancers.md', 'utf8'));
  t.equal(examples.length, 1);
  for (const example of examples)
    t.doesNotThrow(() => loadText(`name: example\n${example}`, 'docs/balancers.md', kindsAndFeatures));
  t.end();
});

void t.test('so is the example of docs/gateways.md', (t) => {
  const [example = '', ...more] = blocks('yaml', readFileSync('docs/gateways.md', 'utf8'));
  t.strictSame(more, []);
  t.equal(loadText(`name: example\n${example}`, 'docs/gateways.md', kindsAndFeatures).tenants[0]?.exits.length, 2);
  t.end();
});

void t.test('so is the example of docs/tenants.md', (t) => {
  const [example = '', ...more] = blocks('yaml', readFileSync('docs/tenants.md', 'utf8'));
  t.equal(more.length, 0);
  t.equal(loadText(`name: example\n${example}`, 'docs/tenants.md', kindsAndFeatures).tenants.length, 1);
  t.end();
});

void t.test('so is the example of docs/checks.md, which has a check of every kind', (t) => {
  const [example = '', ...more] = blocks('yaml', readFileSync('docs/checks.md', 'utf8'));
  t.equal(more.length, 0);
  const { checks } = loadText(`name: example\n${example}`, 'docs/checks.md', kindsAndFeatures);
  t.equal(new Set(checks.map(({ statement }) => statement)).size, 7);
  t.end();
});

void t.test('so is what its example of a TypeScript module returns', async (t) => {
  for (const example of blocks('ts')) {
    const module = (await import(`data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(example))}`)) as {
      default: (parameters: object) => unknown;
    };
    t.equal(loadValue(module.default({ n: '5' }), 'example.ts', kindsAndFeatures).links.length, 5);
  }
});

void t.test('docs/topology.md speaks of every kind and feature', (t) => {
  for (const { kind } of registry.kinds) t.match(page, `| \`${kind}\` |`);
  const headings = [...page.matchAll(/^### (.*)$/gmu)].map((match) => match[1] ?? '').join(' ');
  for (const { feature } of registry.features) t.match(headings, new RegExp(`\\b${feature}\\b`, 'u'));
  t.end();
});
