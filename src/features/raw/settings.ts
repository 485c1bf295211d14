/** What a person writes under `files:`, `commands:`, `sysctls:` and `processes:`: operations without a feature around them. */
import { z } from 'zod';
import { restart } from '../../topology/schema.ts';
import { argv, path } from '../shared/values.ts';

export const filesSchema = z
  .array(
    z.strictObject({
      path: path.describe(
        'Path inside the node, below /etc, /srv, /opt, /root, /var or /run; with / at the end a directory.',
      ),
      content: z.string().default('').describe('The file’s content.'),
      from: z
        .string()
        .min(1)
        .optional()
        .describe('Instead of content: a file, or a directory with all that is in it, relative to the topology file.'),
      mode: z
        .string()
        .regex(/^0[0-7]{3}$/u, { error: 'expected permissions in octal, such as "0644"' })
        .optional()
        .describe('Permissions in octal; "0644" when left out, "0755" for a directory.'),
      owner: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$/u, { error: 'expected user:group' })
        .optional()
        .describe('user:group; root:root when left out.'),
    }),
  )
  .min(1);

const command = argv.describe('One command as a list of words; no shell.');

export const commandsSchema = z
  .array(
    z.union([
      command,
      z
        .strictObject({
          run: command,
          'may-fail': z.boolean().default(false).describe('true: a failure is told, and the lab goes on.'),
        })
        .describe('A command, and what its failure means.'),
    ]),
  )
  .min(1);

export const sysctlsSchema = z.record(
  z.string().regex(/^[a-z0-9_]+(?:\.[A-Za-z0-9_/-]+)+$/u, { error: 'expected a key such as net.ipv4.ip_forward' }),
  z.union([z.string(), z.int()]),
);

export const processesSchema = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[a-z][a-z0-9-]*$/u, { error: 'expected small letters, digits and hyphens' })
        .describe('Name of the process; its output goes to /var/log/<name>.log of the node.'),
      argv: argv.describe('The program and its arguments; it must stay in the foreground.'),
      ready: path.optional().describe('A path that appears when the process is ready.'),
      env: z.record(z.string(), z.string()).optional().describe('Extra environment variables.'),
      restart: restart
        .optional()
        .describe('What becomes of the process when it ends by itself; as for its node when left out.'),
    }),
  )
  .min(1);

export type FilesSettings = z.output<typeof filesSchema>;
export type CommandsSettings = z.output<typeof commandsSchema>;
export type SysctlsSettings = z.output<typeof sysctlsSchema>;
export type ProcessesSettings = z.output<typeof processesSchema>;
