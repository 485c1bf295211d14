import t from 'tap';
import { portMatches } from '../../../../src/kinds/hypervisor/flows/port-ranges.ts';
import { randomFrom, seed } from '../../../helpers/random.ts';

/** The ports that a match takes. */
const portsOf = (match: string): number[] => {
  const [value = '', mask] = match.split('/');
  const wanted = Number(value);
  if (mask === undefined) return [wanted];
  return Array.from({ length: 65_536 }, (_, port) => port).filter((port) => (port & Number(mask)) === wanted);
};

void t.test('a range is covered by prefixes, and nothing beside it', (t) => {
  t.same(portMatches(443, 443), ['443']);
  t.same(portMatches(0, 65_535), ['0x0000/0x0000']);
  t.same(portMatches(8000, 8099), ['0x1f40/0xffc0', '0x1f80/0xffe0', '0x1fa0/0xfffc']);
  const random = randomFrom(seed);
  const port = (): number => Math.floor(random() * 65_536);
  for (let round = 0; round < 40; round += 1) {
    const [first = 0, last = 0] = [port(), port()].toSorted((a, b) => a - b);
    const matches = portMatches(first, last);
    const ports = matches.flatMap(portsOf).toSorted((a, b) => a - b);
    t.equal(ports.length, last - first + 1, `${first}-${last}: each port once (seed ${seed})`);
    t.equal(ports[0], first);
    t.equal(ports.at(-1), last);
    t.ok(matches.length <= 30, 'never more than two prefixes of each length');
  }
  t.end();
});
