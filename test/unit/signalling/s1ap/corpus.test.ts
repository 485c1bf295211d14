/** Every message that real networks sent: read and written again, not a bit may change. */
import t from 'tap';
import { decodeS1ap, encodeS1ap, parseS1ap, S1apError, type S1apPdu } from '../../../../src/signalling/s1ap/s1ap.ts';
import { corpus, skip } from './corpus.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

void t.test('captured messages are read and written again to the bit', { skip }, (t) => {
  const changed = corpus.filter((octets) => hex(encodeS1ap(parseS1ap(octets))) !== hex(octets));
  t.same(changed.map(hex), []);
  t.ok(corpus.length >= 250, `${corpus.length} messages`);
  t.end();
});

void t.test('captured messages are whole, but for one', { skip }, (t) => {
  const refused: S1apError[] = [];
  const names = new Map<string, number>();
  for (const octets of corpus) {
    try {
      const { name } = decodeS1ap(octets);
      names.set(name, (names.get(name) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof S1apError)) throw error;
      refused.push(error);
    }
  }
  // An eNodeB that names DefaultPagingDRX by the identifier of pagingDRX, in an encoding that is not PER.
  t.same(
    refused.map(({ message }) => message),
    [
      'S1SetupRequest: element 44 is not known and may not be ignored, DefaultPagingDRX is missing' +
        ' (protocol: abstract-syntax-error-reject)',
    ],
  );
  t.equal(names.get('unknown'), undefined, 'no procedure that is not read');
  t.ok(names.size >= 18, [...names.keys()].join(', '));
  t.end();
});

void t.test('elements of later versions are kept as octets', { skip }, (t) => {
  const unread = corpus
    .map((octets): S1apPdu => parseS1ap(octets))
    .flatMap((pdu) => (pdu.name === 'unknown' ? [] : pdu.elements.filter(({ name }) => name === undefined)));
  t.ok(unread.length > 0 && unread.every(({ value }) => value instanceof Uint8Array), `${unread.length} elements`);
  t.end();
});
