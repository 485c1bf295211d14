/** GUTI and TAI against octets of TS 24.301, and what is no such name. */
import t from 'tap';
import { decodeGuti, decodeTai, encodeGuti, encodeTai } from '../../../src/signalling/guti.ts';
import { hexText } from '../../../src/signalling/octets.ts';
import { hex } from './aka/vectors.ts';

const guti = { plmn: { mcc: '460', mnc: '00' }, mmeGroup: 0x8001, mmeCode: 3, mTmsi: 0xdead_beef };
const tai = { plmn: { mcc: '310', mnc: '410' }, tac: 0xfffe };

void t.test('a GUTI is ten octets', (t) => {
  t.equal(hexText(encodeGuti(guti)), '64f000800103deadbeef');
  t.same(decodeGuti(hex('64f000800103deadbeef')), guti);
  t.equal(decodeGuti(hex('64f000800103deadbe')), undefined, 'cut');
  t.equal(decodeGuti(hex('6af000800103deadbeef')), undefined, 'a digit that is none');
  t.throws(() => encodeGuti({ ...guti, mmeCode: 256 }), { name: 'RangeError' });
  t.end();
});

void t.test('a tracking area is five octets', (t) => {
  t.equal(hexText(encodeTai(tai)), '130014fffe');
  t.same(decodeTai(hex('130014fffe')), tai);
  t.equal(decodeTai(hex('130014ff')), undefined, 'cut');
  t.throws(() => encodeTai({ ...tai, tac: 0x1_0000 }), { name: 'RangeError' });
  t.end();
});
