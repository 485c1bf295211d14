/** Flows of Open vSwitch as text: what every bridge that forwards by flows alone writes them with. */

/** Matches every group address: the lowest bit of the first octet is set. */
export const groupAddress = 'dl_dst=01:00:00:00:00:00/01:00:00:00:00:00';

/** One flow as `ovs-ofctl` reads it; without actions it drops. */
export const flowText = (
  table: number,
  priority: number,
  match: readonly string[],
  actions: readonly string[],
): string =>
  [
    `table=${table}`,
    `priority=${priority}`,
    ...match,
    `actions=${actions.length === 0 ? 'drop' : actions.join(',')}`,
  ].join(',');

/** Going on in another table. */
export const goToTable = (table: number): string => `resubmit(,${table})`;
