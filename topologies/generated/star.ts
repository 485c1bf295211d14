/**
 * A star: n hosts on one switch, which all share one segment. A Linux bridge has at most 1024 ports (BR_MAX_PORTS of
 * net/bridge/br_private.h). Parameters: n (2 to 1000, 5 when left out), name.
 */
import { type GeneratedFile, type Parameters, nameOf, reaches, wholeNumber } from './parameters.ts';

/** Host number `host` of 172.16.0.0/20. */
const four = (host: number): string => `172.16.${host >> 8}.${host & 255}`;

export default (parameters: Parameters = {}): GeneratedFile => {
  const n = wholeNumber(parameters, 'n', { otherwise: 5, from: 2, to: 1000 });
  const hosts = Array.from({ length: n }, (_, index) => `h${index + 1}`);
  return {
    name: nameOf(parameters, `star-${n}`),
    title: `A star of ${n}`,
    story: 'The switch learns who is behind which port; everybody hears every broadcast.',
    nodes: { s1: { kind: 'switch' }, ...Object.fromEntries(hosts.map((host) => [host, { kind: 'host' }])) },
    links: hosts.map((host, index) =>
      index === 0 ? { endpoints: [host, 's1'], prefix4: '172.16.0.0/20', prefix6: 'fd00:1::/64' } : [host, 's1'],
    ),
    checks: reaches('h1', `h${n}`, [four(n), `fd00:1::${n.toString(16)}`]),
  };
};
