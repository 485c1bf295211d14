/** The flagship at its smallest: one region with one of everything, for tests that need a lab with many parts and not its size. */
export const smallest = {
  regions: '1',
  zones: '1',
  racks: '1',
  members: '1',
  computes: '2',
  tenants: '1',
} as const satisfies Readonly<Record<string, string>>;
