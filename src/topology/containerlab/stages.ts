/**
 * Stages of a node (containerlab's manual, "Nodes", stages): their commands run in the order of the stages, before those
 * of `exec`. Waiting for other nodes has no meaning here: a node's commands run when every node and link is there.
 */
import { type InheritedNode, type Written, mapping } from './inherit.ts';
import type { Sink } from './nodes.ts';
import { entryOf, isEntry, listOf, textOf } from './shape.ts';

/** Those that come before a node is configured, in their order; what follows has no place in a start. */
const early = ['create', 'create-links', 'configure'] as const;

/** The commands of one stage in both forms: a list of entries, and lists under `on-enter` and `on-exit`. */
const commandsIn = ({ value, path }: Written, sink: Sink): Written[] => {
  if (isEntry(value))
    return ['on-enter', 'on-exit'].flatMap((phase) =>
      listOf(value[phase]).map((one, index): Written => ({ value: one, path: [...path, phase, index] })),
    );
  return listOf(value).flatMap((one, index): Written[] => {
    const { command, target } = entryOf(one);
    const at = [...path, index];
    if (textOf(target) === 'host') {
      sink.problem([...at, 'target'], 'a command on the machine is not possible here: labs stand alone');
      return [];
    }
    return [{ value: command, path: [...at, 'command'] }];
  });
};

/** All commands that stages bring. */
export const stageCommands = (node: InheritedNode, sink: Sink): Written[] => {
  const stages = mapping(node, 'stages');
  if ([...stages.values()].some(({ value }) => isEntry(value) && value['wait-for'] !== undefined))
    sink.note('wait-for is ignored: commands run when every node and link is there');
  for (const [stage, { value, path }] of stages)
    if (entryOf(value)['exec'] !== undefined && !(early as readonly string[]).includes(stage))
      sink.problem([...path, 'exec'], `commands of stage ${stage} are not possible here`, 'write them under exec');
  return early.flatMap((stage) => {
    const written = stages.get(stage);
    const exec = entryOf(written?.value)['exec'];
    return written === undefined || exec === undefined
      ? []
      : commandsIn({ value: exec, path: [...written.path, 'exec'] }, sink);
  });
};
