/** What a person writes under `rip:`. `{}` is enough in most labs. */
import { z } from 'zod';
import { redistribution } from '../shared/redistribute.ts';
import { interfaceName } from '../shared/values.ts';

export const ripSchema = z.strictObject({
  passive: z.array(interfaceName).default([]).describe('Interfaces that are announced but on which nothing is sent.'),
  exclude: z.array(interfaceName).default([]).describe('Interfaces that RIP ignores.'),
  'split-horizon': z
    .enum(['simple', 'poisoned-reverse', 'none'])
    .default('simple')
    .describe(
      'Whether a neighbour is told again what came from it: not at all, as unreachable, or as if it were news (RFC 2453, 3.4.3).',
    ),
  redistribute: redistribution(['connected', 'static', 'ospf', 'bgp']).describe(
    'Routes of other origins to announce: a name, or {from, only} for certain prefixes.',
  ),
});

export type RipSettings = z.output<typeof ripSchema>;
