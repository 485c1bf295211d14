/**
 * `frr:` of a router: FRR's configuration files as they are. What people write is paths; the engine, which may read
 * files, puts the texts in their place and splits an integrated frr.conf into one text per daemon.
 */
import { z } from 'zod';
import { frrDaemons } from './daemons.ts';
import type { Daemon } from './daemons.ts';

const text = z
  .strictObject({
    text: z.string().describe('The text.'),
    file: z.string().optional().describe('Where the text comes from, for messages.'),
    lines: z.array(z.int()).optional().describe('The numbers that the lines of the text have in that file.'),
  })
  .describe('The text itself instead of a path.');
const source = z.union([z.string().min(1).describe('Path of a file, relative to the topology file.'), text]);

const ofDaemon = z.union([source, z.array(text)]);

const files = Object.fromEntries(
  frrDaemons.map((name) => [name, ofDaemon.optional().describe(`The configuration of ${name}: ${name}.conf.`)]),
) as Record<Daemon, z.ZodOptional<typeof ofDaemon>>;

export const frrSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe('A directory with frr.conf, daemons and the files of daemons; relative to the topology file.'),
  config: source.optional().describe('An integrated configuration: frr.conf.'),
  daemons: source
    .optional()
    .describe('The `daemons` file, which says what is started. Without it: the daemons that have lines.'),
  refused: z
    .enum(['error', 'note'])
    .default('error')
    .describe('What a line that FRR does not take is: an error, or only told.'),
  ...files,
});

export type FrrSource = z.output<typeof source>;
export type FrrText = z.output<typeof text>;
export type FrrSettings = z.output<typeof frrSchema>;
