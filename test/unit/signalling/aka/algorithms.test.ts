/** MILENAGE, AES-CMAC, 128-EEA1/2, 128-EIA1/2 and the key derivation against official test data. */
import t from 'tap';
import { xor } from '../../../../src/signalling/aka/block.ts';
import { cmac } from '../../../../src/signalling/aka/cmac.ts';
import { eea } from '../../../../src/signalling/aka/eea.ts';
import { eia } from '../../../../src/signalling/aka/eia.ts';
import { deriveKasme } from '../../../../src/signalling/aka/kdf.ts';
import { authenticate, deriveOpc, respond } from '../../../../src/signalling/aka/milenage.ts';
import { decodePlmn } from '../../../../src/signalling/identity.ts';
import { hexText } from '../../../../src/signalling/octets.ts';
import {
  cmacKey,
  cmacMessage,
  cmacOfPrefix,
  eea1Vectors,
  eea2Vectors,
  eia1Vectors,
  eia2Vectors,
  hex,
  kasmeVector,
  milenageSets,
} from './vectors.ts';

/** As a vector's text, without the white space. */
const compact = (text: string): string => text.replace(/\s/gu, '');

for (const [index, set] of milenageSets.entries()) {
  void t.test(`MILENAGE test set ${index + 1} (TS 35.207, TS 35.208)`, (t) => {
    const keys = { k: hex(set.k), opc: deriveOpc(hex(set.k), hex(set.op)) };
    const { macA, macS } = authenticate(keys, hex(set.rand), hex(set.sqn), hex(set.amf));
    const { res, ck, ik, ak, akStar } = respond(keys, hex(set.rand));
    t.equal(hexText(keys.opc), set.opc, 'OPc');
    t.equal(hexText(macA), set.f1, 'f1');
    t.equal(hexText(macS), set.f1Star, 'f1*');
    t.equal(hexText(res), set.f2, 'f2');
    t.equal(hexText(ck), set.f3, 'f3');
    t.equal(hexText(ik), set.f4, 'f4');
    t.equal(hexText(ak), set.f5, 'f5');
    t.equal(hexText(akStar), set.f5Star, 'f5*');
    t.end();
  });
}

void t.test('AES-CMAC (RFC 4493)', (t) => {
  for (const [length, mac] of cmacOfPrefix)
    t.equal(hexText(cmac(hex(cmacKey), hex(cmacMessage).subarray(0, length))), mac, `${length} octets`);
  t.end();
});

for (const [name, algorithm, vectors] of [
  ['128-EEA1 (TS 35.217)', 1, eea1Vectors],
  ['128-EEA2 (TS 33.401, C.1)', 2, eea2Vectors],
] as const) {
  void t.test(`${name} ciphers and deciphers`, (t) => {
    for (const [index, { key, message, result, bits, ...position }] of vectors.entries()) {
      t.equal(hexText(eea(algorithm, hex(key), position, hex(message), bits)), compact(result), `set ${index + 1}`);
      t.equal(
        hexText(eea(algorithm, hex(key), position, hex(result), bits)),
        compact(message),
        `set ${index + 1} back`,
      );
    }
    t.end();
  });
}

for (const [name, algorithm, vectors] of [
  ['128-EIA1 (TS 33.401, C.4)', 1, eia1Vectors],
  ['128-EIA2 (TS 33.401, C.2)', 2, eia2Vectors],
] as const) {
  void t.test(name, (t) => {
    for (const [index, { key, message, result, bits, ...position }] of vectors.entries())
      t.equal(hexText(eia(algorithm, hex(key), position, hex(message), bits)), result, `set ${index + 1}`);
    t.end();
  });
}

void t.test('EEA0 changes nothing and EIA0 is four zeros', (t) => {
  const position = { count: 5, bearer: 0, direction: 'uplink' } as const;
  t.equal(hexText(eea(0, new Uint8Array(16), position, hex('0741'))), '0741');
  t.equal(hexText(eia(0, new Uint8Array(16), position, hex('0741'))), '00000000');
  t.end();
});

void t.test('KASME', (t) => {
  const { ck, ik, plmn, sqn, ak, kasme } = kasmeVector;
  const network = decodePlmn(hex(plmn)) ?? { mcc: '', mnc: '' };
  t.equal(hexText(deriveKasme(hex(ck), hex(ik), network, xor(hex(sqn), hex(ak)))), kasme);
  t.end();
});

void t.test('keys of a wrong length are a mistake of the caller', (t) => {
  const position = { count: 0, bearer: 0, direction: 'uplink' } as const;
  const keys = { k: new Uint8Array(15), opc: new Uint8Array(16) };
  t.throws(() => respond(keys, new Uint8Array(16)), { name: 'RangeError', message: 'K has 16 octets, not 15' });
  t.throws(() => eia(2, new Uint8Array(32), position, new Uint8Array(1)), { name: 'RangeError' });
  t.throws(() => eea(1, new Uint8Array(8), position, new Uint8Array(1)), { name: 'RangeError' });
  t.end();
});
