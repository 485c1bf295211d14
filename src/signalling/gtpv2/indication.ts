/** The Indication element: yes-or-no facts about a procedure, one bit each (3GPP TS 29.274, 8.12). */
import { define } from './element.ts';

/** Octet by octet, the highest bit first. An element ends after the last octet that its sender knows. */
const octets = [
  ['DAF', 'DTF', 'HI', 'DFI', 'OI', 'ISRSI', 'ISRAI', 'SGWCI'],
  ['SQCI', 'UIMSI', 'CFSI', 'CRSI', 'P', 'PT', 'SI', 'MSV'],
  ['RetLoc', 'PBIC', 'SRNI', 'S6AF', 'S4AF', 'MBMDT', 'ISRAU', 'CCRSI'],
  ['CPRAI', 'ARRL', 'PPOF', 'PPON/PPEI', 'PPSI', 'CSFBI', 'CLII', 'CPSR'],
  ['NSI', 'UASI', 'DTCI', 'BDWI', 'PSCI', 'PCRI', 'AOSI', 'AOPI'],
  ['ROAAI', 'EPCOSI', 'CPOPCI', 'PMTSMI', 'S11TF', 'PNSI', 'UNACCSI', 'WPMSI'],
] as const;

export type IndicationFlag = (typeof octets)[number][number];

/** The flags that are set. Among them OI: the SGW shall pass a Delete Session Request on to the PGW. */
export const indication = define<readonly IndicationFlag[]>(
  77,
  (cursor) => {
    const content = cursor.rest();
    return octets.flatMap((flags, index) => flags.filter((_, bit) => ((content[index] ?? 0) & (0x80 >> bit)) !== 0));
  },
  (flags) => {
    const content = octets.map((names) =>
      names.reduce((sum, name, bit) => (flags.includes(name) ? sum | (0x80 >> bit) : sum), 0),
    );
    // Two octets have been there from the first version on.
    const last = content.findLastIndex((octet) => octet !== 0);
    return [Uint8Array.from(content.slice(0, Math.max(2, last + 1)))];
  },
);
