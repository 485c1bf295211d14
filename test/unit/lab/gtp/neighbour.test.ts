/** Answers for the gateway's MAC address, and the checksums they need. */
import t from 'tap';
import { checksum, pseudoHeader6 } from '../../../../lab/gtp/checksum.ts';
import { arpReply, neighbourAdvertisement } from '../../../../lab/gtp/neighbour.ts';
import { ipOctets, macOctets, macText } from '../../../../src/address/octets.ts';

const phone = '020000000100';
const own = macOctets('02:00:00:00:02:00');

const arp = ({ operation = '0001', target = '0a2d0001', sender = '0a2d0002', hardware = '0001' } = {}): Buffer =>
  Buffer.from(
    `ffffffffffff${phone}0806${hardware}08000604${operation}${phone}${sender}000000000000${target}${'00'.repeat(18)}`,
    'hex',
  );
const gateway = ipOctets('10.45.0.1');

void t.test('a request for the gateway is answered to the asker alone', (t) => {
  t.equal(
    arpReply(arp(), gateway, own)?.toString('hex'),
    `${phone}020000000200080600010800060400020200000002000a2d0001${phone}0a2d0002`,
  );
  t.end();
});

void t.test('nothing else is answered by ARP', (t) => {
  t.equal(arpReply(arp({ target: '0a2d0003' }), gateway, own), undefined, 'another address');
  t.equal(arpReply(arp({ operation: '0002' }), gateway, own), undefined, 'a reply');
  t.equal(arpReply(arp({ hardware: '0006' }), gateway, own), undefined, 'other hardware');
  t.equal(arpReply(arp().subarray(0, 41), gateway, own), undefined, 'cut off');
  t.end();
});

const address = '20010db8004500000000000000000002';
const router = '20010db8004500000000000000000001';
const solicitation = ({ target = router, source = address, hops = 'ff', type = '87' } = {}): Buffer =>
  Buffer.from(
    `3333ff000001${phone}86dd` +
      `6000000000203a${hops}${source}ff0200000000000000000001ff000001` +
      `${type}000000` +
      `00000000${target}0101${phone}`,
    'hex',
  );
const gateway6 = ipOctets('2001:db8:45::1');

void t.test('a solicitation for the gateway is answered by an advertisement with a right checksum', (t) => {
  const reply = neighbourAdvertisement(solicitation(), gateway6, own);
  const hex = reply?.toString('hex') ?? '';
  t.equal(hex.slice(0, 28), `${phone}02000000020086dd`);
  t.equal(hex.slice(28, 108), `6000000000203aff${router}${address}`);
  t.match(hex.slice(108), new RegExp(`^8800....c0000000${router}0201020000000200$`, 'u'));
  const icmp = reply?.subarray(54) ?? Buffer.alloc(0);
  t.equal(checksum(pseudoHeader6(gateway6, Buffer.from(address, 'hex'), icmp.length, 58), icmp), 0);
  t.end();
});

void t.test('nothing else is answered by neighbour discovery', (t) => {
  const answer = (change: Parameters<typeof solicitation>[0]) =>
    neighbourAdvertisement(solicitation(change), gateway6, own);
  t.equal(answer({ target: address }), undefined, 'another address');
  t.equal(answer({ hops: '40' }), undefined, 'a packet that was forwarded');
  t.equal(answer({ type: '85' }), undefined, 'a router solicitation');
  t.equal(answer({ source: '00'.repeat(16) }), undefined, 'duplicate address detection');
  t.equal(neighbourAdvertisement(solicitation().subarray(0, 70), gateway6, own), undefined, 'cut off');
  t.end();
});

void t.test('the checksum of RFC 1071, and of a real IPv4 header', (t) => {
  t.equal(checksum(Buffer.from('0001f203f4f5f6f7', 'hex')), 0x220d);
  t.equal(checksum(Buffer.from('45000073000040004011b861c0a80001c0a800c7', 'hex')), 0);
  t.equal(checksum(Buffer.from('010203', 'hex')), 0xfbfd, 'an odd last octet is the high one');
  t.end();
});

void t.test('addresses as octets', (t) => {
  t.equal(macText(macOctets('02:00:0a:ff:01:00')), '02:00:0a:ff:01:00');
  t.throws(() => ipOctets('10.0.0'), TypeError);
  t.end();
});
