/**
 * Writes what is made from the schema of topology files: topologies/topology.schema.json, which editors complete from,
 * and docs/reference.md. Run it after a change of a kind, a feature or the schema: `npm run schema`.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectDirectory } from '../src/engine/paths.ts';
import { topologyJsonSchema } from '../src/engine/load.ts';
import { referenceText } from './reference.ts';

/** Path below the project's directory -> the text that belongs there. */
export const generated = (): Readonly<Record<string, string>> => ({
  'topologies/topology.schema.json': `${JSON.stringify(topologyJsonSchema(), null, 1)}\n`,
  'docs/reference.md': referenceText(),
});

if (import.meta.main) {
  for (const [file, text] of Object.entries(generated())) {
    writeFileSync(path.join(projectDirectory, file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
}
