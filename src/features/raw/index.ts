/** The escape hatches: files, sysctls, processes and commands without a feature around them. */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { CommandOperation, FileOperation, ProcessOperation } from '../../fragment/operation.ts';
import { commandsSchema, filesSchema, processesSchema, sysctlsSchema } from './settings.ts';
import type { CommandsSettings, FilesSettings, ProcessesSettings, SysctlsSettings } from './settings.ts';

const everyKind = ['host', 'switch', 'router', 'gateway', 'stack', 'hypervisor'] as const;

export const files: FeatureDefinition<FilesSettings> = {
  feature: 'files',
  summary: 'Files inside the node.',
  schema: filesSchema,
  kinds: everyKind,
  problems: (_node, settings) =>
    settings.flatMap((file, index) =>
      settings.findIndex((other) => other.path === file.path) === index
        ? []
        : [{ path: [index, 'path'], message: `${file.path} is written twice` }],
    ),
  contribute: (node, settings) => ({
    operations: at(
      'files',
      ...settings.map(({ path, content, from, mode, owner }): FileOperation => {
        // The engine reads files, and puts their contents here.
        if (from !== undefined) throw new Error(`${from} was not read`);
        return {
          op: 'file',
          node: node.name,
          path,
          content,
          mode: mode === undefined ? (path.endsWith('/') ? 0o755 : 0o644) : Number.parseInt(mode, 8),
          ...(owner === undefined ? {} : { owner }),
        };
      }),
    ),
  }),
};

export const sysctls: FeatureDefinition<SysctlsSettings> = {
  feature: 'sysctls',
  summary: 'Kernel settings of the node, set after those of its kind.',
  schema: sysctlsSchema,
  kinds: everyKind,
  contribute: (node, settings) => ({
    operations: Object.entries(settings).flatMap(([key, value]) =>
      at('sysctls', { op: 'sysctl', node: node.name, key, value: String(value) }),
    ),
  }),
};

export const processes: FeatureDefinition<ProcessesSettings> = {
  feature: 'processes',
  summary: 'Programs that run in the node as long as the lab is up.',
  schema: processesSchema,
  kinds: everyKind,
  problems: (_node, settings) =>
    settings.flatMap((process, index) =>
      settings.findIndex((other) => other.name === process.name) === index
        ? []
        : [{ path: [index, 'name'], message: `there are two processes called ${process.name}` }],
    ),
  contribute: (node, settings) => ({
    operations: at(
      'processes',
      ...settings.map(({ name, argv, ready, env }): ProcessOperation => ({
        op: 'process',
        node: node.name,
        name,
        argv,
        ...(env === undefined ? {} : { env }),
        ...(ready === undefined ? {} : { ready }),
      })),
    ),
  }),
};

export const commands: FeatureDefinition<CommandsSettings> = {
  feature: 'commands',
  summary: 'Commands that run once in the node, after its processes have been started.',
  schema: commandsSchema,
  kinds: everyKind,
  contribute: (node, settings) => ({
    operations: at(
      'commands',
      ...settings.map((written): CommandOperation => {
        if (Array.isArray(written)) return { op: 'command', node: node.name, argv: written };
        const mayFail = written['may-fail'] ? { mayFail: true } : {};
        return { op: 'command', node: node.name, argv: written.run, ...mayFail };
      }),
    ),
  }),
};
