/** Progress of the engine's work: a line per stage; on a terminal the stage under way is shown and then settled. */
import type { Event, Listener } from '../../engine/events.ts';
import { printEvent } from './json.ts';
import { pad } from './table.ts';
import { count } from './text.ts';

const seconds = (value: number): string =>
  value < 0.0995 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(value < 9.95 ? 2 : 1)} s`;

/** A finished event as a line, or undefined for one that only shows what is under way. */
const line = (event: Event): string | undefined => {
  switch (event.event) {
    case 'waiting':
      return `waiting: ${event.holder} holds lab ${event.lab}`;
    case 'plan':
      return `${pad('plan', 12)}${count(event.nodes, 'node')}, ${count(event.links, 'link')}, ${count(event.operations, 'operation')}, ${event.missing} to do`;
    case 'remake':
      return `${pad('remake', 12)}${event.node}: ${event.reason}`;
    case 'stage-end':
      return `${pad(event.stage, 12)}${pad(`${event.operations} done`, 14)}${seconds(event.seconds)}`;
    case 'note':
      return event.text;
    case 'down':
      return `${pad(event.what, 12)}${pad(`${event.count} gone`, 14)}${seconds(event.seconds)}`;
    case 'done':
      return event.changed
        ? `lab ${event.lab} is ${event.verb} in ${seconds(event.seconds)}`
        : `lab ${event.lab} is ${event.verb}; nothing to do (${seconds(event.seconds)})`;
    case 'stage-start':
    case 'probe':
      return undefined;
  }
};

const under = (event: Event): string | undefined => {
  if (event.event === 'stage-start') return `${pad(event.stage, 12)}${event.operations} …`;
  if (event.event === 'probe')
    return `${pad('probes', 12)}${event.done} of ${event.of} answered; ${event.node}: ${event.name}`;
  return undefined;
};

/** A listener that prints events: NDJSON with `json`, else lines on standard error. */
export const progress = ({ json }: { readonly json: boolean }): Listener => {
  if (json) return printEvent;
  const { stderr } = process;
  const columns = stderr.isTTY ? stderr.columns : 0;
  const live = columns > 0;
  return (event) => {
    const settled = line(event);
    const clear = live ? '\r\u001b[K' : '';
    if (settled !== undefined) stderr.write(`${clear}${settled}\n`);
    else if (live) stderr.write(`${clear}${(under(event) ?? '').slice(0, columns - 1)}`);
  };
};
