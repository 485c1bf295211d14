/** A ladder as a sequence diagram of Mermaid, which documentation sites and GitHub draw. */
import type { Ladder } from './ladder.ts';
import { type SelectOptions, stepsOf } from './select.ts';

/** Characters that end a statement or begin an entity in Mermaid become entities. */
const escaped = (text: string): string => text.replaceAll('#', '#35;').replaceAll(';', '#59;');
/** Names of participants are identifiers; addresses are not. */
const identifier = (name: string): string => name.replaceAll(/[^\w]/gu, '_');

/** The text of a `sequenceDiagram`; the same messages as the ladder for a terminal. */
export const mermaid = (ladder: Ladder, options: SelectOptions = {}): string => {
  const { steps } = stepsOf(ladder, options);
  const present = new Set(steps.flatMap(({ from, to }) => [from, ...to]));
  return [
    'sequenceDiagram',
    ...ladder.actors
      .filter(({ name }) => present.has(name))
      .map(({ name }) => `  participant ${identifier(name)} as ${escaped(name)}`),
    ...steps.flatMap(({ from, to, interface: over, text, details }) =>
      to.map((end) => {
        const words = [`${over}: ${text}`, ...(details.length === 0 ? [] : [details.join(', ')])];
        return `  ${identifier(from)}->>${identifier(end)}: ${words.map(escaped).join('<br/>')}`;
      }),
    ),
    '',
  ].join('\n');
};
