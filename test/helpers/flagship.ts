/** The flagship at its smallest: one region with one of everything, for tests that need a lab with many parts and not its size. */
export const smallest = {
  regions: '1',
  zones: '1',
  racks: '1',
  members: '1',
  computes: '2',
  tenants: '1',
} as const satisfies Readonly<Record<string, string>>;

/**
 * Parts of the names of its checks that are answered at once and together say that every part of it works. The others follow
 * packets, or wait for an answer that must not come: seconds each.
 */
export const quickChecks = [
  'has attached',
  'through both tunnels',
  'over IPv6',
  'keep away',
  'from one provider to the other',
  'Tang B places',
  'answered over HTTPS',
  'has its neighbours',
  'are watched',
  'the last rack',
  'hears of the shop',
  'published one is open',
] as const;
