/** What a person writes under `bfd:`. */
import { z } from 'zod';

export const bfdSchema = z.strictObject({
  interval: z
    .int()
    .min(10)
    .max(60_000)
    .default(100)
    .describe('Milliseconds between two control packets, in both directions.'),
  multiplier: z
    .int()
    .min(2)
    .max(255)
    .default(3)
    .describe('Missed packets after which the neighbour is down (RFC 5880, 4.1).'),
});

export type BfdSettings = z.output<typeof bfdSchema>;
