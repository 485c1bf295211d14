/** PDUs that were damaged: read or refused, and nothing else. */
import t from 'tap';
import { put32 } from '../../../../src/packet/octets.ts';
import { decodePdu, encodePdu, HEADER_LENGTH, RtrError } from '../../../../src/signalling/rtr/index.ts';
import { fuzz } from '../../../helpers/mutation.ts';
import { octetsOf, rtrPdus } from '../../../helpers/rtr-pdus.ts';

/** Half of the PDUs get the length that they have, so that what is inside gets its turn. */
let count = 0;
const fitted = (octets: Uint8Array): Uint8Array => {
  count += 1;
  if (count % 2 === 0 || octets.length < HEADER_LENGTH) return octets;
  const copy = Uint8Array.from(octets);
  copy[0] = (copy[0] ?? 0) & 1;
  put32(copy, 4, copy.length);
  return copy;
};

void t.test('damaged PDUs are read or refused', (t) => {
  const report = fuzz(
    rtrPdus.map(({ octets }) => octetsOf(octets)),
    (damaged) => {
      const { version, pdu } = decodePdu(fitted(damaged));
      const again = encodePdu(pdu, version);
      if (!Buffer.from(encodePdu(decodePdu(again).pdu, version)).equals(again))
        throw new Error('another encoding each time');
    },
    (error) => error instanceof RtrError,
  );
  t.comment(JSON.stringify(report));
  t.same(report.wrong, [], `every error is an RtrError (XIYOU_SEED=${report.seed})`);
  t.ok(report.read > report.rounds / 20 && report.refused > report.rounds / 5, 'some are read, many refused');
  t.ok(report.slowest < 100, `the slowest took ${report.slowest} ms of processor time`);
  t.ok(report.growth < 3_000_000, `${report.growth} octets stayed behind`);
  t.end();
});
