/**
 * How sure a statement is. `exact`: octets were compared or arithmetic was checked. `explained`: the node's own state
 * was found that orders it. `inferred`: it follows from order, time or a declaration alone. `unexplained`: nothing
 * found; a sound trace has none of these.
 */
export type Grade = 'exact' | 'explained' | 'inferred' | 'unexplained';

const order: readonly Grade[] = ['exact', 'explained', 'inferred', 'unexplained'];

/** The least sure of the grades; `exact` when there are none. */
export const weakest = (grades: Iterable<Grade>): Grade => {
  let worst = 0;
  for (const grade of grades) worst = Math.max(worst, order.indexOf(grade));
  return order[worst] ?? 'unexplained';
};
