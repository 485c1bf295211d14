/** The routers that a packet meets, as traceroute(8) finds them. */

/** Something with nodes that run commands. */
interface Runs {
  readonly run: (node: string, ...argv: string[]) => Promise<string>;
}

/**
 * Addresses of the hops, the target's last; `*` for one that did not answer. Each gets five seconds: traceroute's own
 * patience is a factor of what the nearer hops took, which on a busy machine is nobody's measure.
 */
export const hopsOf = async (net: Runs, node: string, to: string): Promise<(string | undefined)[]> => {
  const lines = (await net.run(node, 'traceroute', '-n', '-q', '1', '-w', '5,0,0', to)).split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/u)[1]);
};
