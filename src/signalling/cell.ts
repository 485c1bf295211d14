/** Cells as phones tell them apart. */

/** Physical cell identities (TS 36.211, 6.11). */
const PHYSICAL_CELLS = 504;

/**
 * The physical identity of a cell, by which phones report it and are sent to it. Operators plan them so that neighbours
 * differ; here they follow from the macro eNodeB's identity and its cell's, three to an eNodeB as the standard groups them.
 */
export const physicalCellId = (enbId: number, cell: number): number => (enbId * 3 + cell) % PHYSICAL_CELLS;
