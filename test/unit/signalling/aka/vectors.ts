/**
 * The official test data, octets in hexadecimal: MILENAGE from 3GPP TS 35.207 and 35.208 (test sets 1 to 6), AES-CMAC
 * from RFC 4493, the ciphering and integrity algorithms from TS 33.401 annex C and, for 128-EEA1, TS 35.217. The KASME
 * has no official vector; it is a value that other implementations agree on.
 */

/** The octets of hexadecimal text; white space is for the reader. */
export const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/gu, ''), 'hex'));

export interface MilenageSet {
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly op: string;
  readonly opc: string;
  readonly f1: string;
  readonly f1Star: string;
  readonly f2: string;
  readonly f5: string;
  readonly f3: string;
  readonly f4: string;
  readonly f5Star: string;
}

const set = (text: string): MilenageSet => {
  const [k, rand, sqn, amf, op, opc, f1, f1Star, f2, f5, f3, f4, f5Star] = text.trim().split(/\s+/u);
  return { k, rand, sqn, amf, op, opc, f1, f1Star, f2, f5, f3, f4, f5Star } as MilenageSet;
};

/** In each set K RAND, SQN AMF OP OPc, f1 f1* f2 f5, f3 f4 f5*. */
export const milenageSets: readonly MilenageSet[] = [
  `465b5ce8b199b49faa5f0a2ee238a6bc 23553cbe9637a89d218ae64dae47bf35
   ff9bb4d0b607 b9b9 cdc202d5123e20f62b6d676ac72cb318 cd63cb71954a9f4e48a5994e37a02baf
   4a9ffac354dfafb3 01cfaf9ec4e871e9 a54211d5e3ba50bf aa689c648370
   b40ba9a3c58b2a05bbf0d987b21bf8cb f769bcd751044604127672711c6d3441 451e8beca43b`,
  `0396eb317b6d1c36f19c1c84cd6ffd16 c00d603103dcee52c4478119494202e8
   fd8eef40df7d af17 ff53bade17df5d4e793073ce9d7579fa 53c15671c60a4b731c55b4a441c0bde2
   5df5b31807e258b0 a8c016e51ef4a343 d3a628ed988620f0 c47783995f72
   58c433ff7a7082acd424220f2b67c556 21a8c1f929702adb3e738488b9f5c5da 30f1197061c1`,
  `fec86ba6eb707ed08905757b1bb44b8f 9f7c8d021accf4db213ccff0c7f71a6a
   9d0277595ffc 725c dbc59adcb6f9a0ef735477b7fadf8374 1006020f0a478bf6b699f15c062e42b3
   9cabc3e99baf7281 95814ba2b3044324 8011c48c0c214ed2 33484dc2136b
   5dbdbb2954e8f3cde665b046179a5098 59a92d3b476a0443487055cf88b2307b deacdd848cc6`,
  `9e5944aea94b81165c82fbf9f32db751 ce83dbc54ac0274a157c17f80d017bd6
   0b604a81eca8 9e09 223014c5806694c007ca1eeef57f004f a64a507ae1a2a98bb88eb4210135dc87
   74a58220cba84c49 ac2cc74a96871837 f365cd683cd92e96 f0b9c08ad02e
   e203edb3971574f5a94b0d61b816345d 0c4524adeac041c4dd830d20854fc46b 6085a86c6f63`,
  `4ab1deb05ca6ceb051fc98e77d026a84 74b0cd6031a1c8339b2b6ce2b8c4a186
   e880a1b580b6 9f07 2d16c5cd1fdf6b22383584e3bef2a8d8 dcf07cbd51855290b92a07a9891e523e
   49e785dd12626ef2 9e85790336bb3fa2 5860fc1bce351e7e 31e11a609118
   7657766b373d1c2138f307e3de9242f9 1c42e960d89b8fa99f2744e0708ccb53 fe2555e54aa9`,
  `6c38a116ac280c454f59332ee35c8c4f ee6466bc96202c5a557abbeff8babf63
   414b98222181 4464 1ba00a1a7c6700ac8c3ff3e96ad08725 3803ef5363b947c6aaa225e58fae3934
   078adfb488241a57 80246b8d0186bcf1 16c8233f05a0ac28 45b0f69ab06c
   3f8c7587fe8e4b233af676aede30ba3b a7466cc1e6b2a1337d49d3b66e95d7b4 1f53cd2b1113`,
].map((text) => set(text));

/** RFC 4493, 4: one key, prefixes of one message. */
export const cmacKey = '2b7e151628aed2a6abf7158809cf4f3c';
export const cmacMessage = `6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
  30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710`;
export const cmacOfPrefix: readonly (readonly [number, string])[] = [
  [0, 'bb1d6929e95937287fa37d129b756746'],
  [16, '070a16b46b4d4144f79bdd9dd04a287c'],
  [40, 'dfa66747de9ae63030ca32611497c827'],
  [64, '51f0bebf7e3b9d92fc49741779363cfe'],
];

/** A message at a position; `result` is the ciphered message or the code. */
export interface Vector {
  readonly key: string;
  readonly count: number;
  readonly bearer: number;
  readonly direction: 'uplink' | 'downlink';
  readonly bits: number;
  readonly message: string;
  readonly result: string;
}

const vector = (
  key: string,
  count: number,
  bearer: number,
  direction: 0 | 1,
  bits: number,
  message: string,
  result: string,
): Vector => ({ key, count, bearer, direction: direction === 0 ? 'uplink' : 'downlink', bits, message, result });

const plain = {
  first: '981ba6824c1bfb1ab485472029b71d808ce33e2cc3c0b5fc1f3de8a6dc66b1f0',
  second: `7ec61272743bf1614726446a6c38ced166f6ca76eb5430044286346cef130f92922b03450d3a9975e5bd2ea0eb55ad8e
    1b199e3ec4316020e9a1b285e762795359b7bdfd39bef4b2484583d5afe082aee638bf5fd5a606193901a08f4ab41aab9b134880`,
  third: 'fd40a41d370a1f65745095687d47ba1d36d2349e23f644392c8ea9c49d40c13271aff264d0f248',
  fourth: `fb1b96c5c8badfb2e8e8edfde78e57f2ad81e74103fc430a534dcc37afcec70e1517bb06f27219dae49022ddc47a068d
    e4c9496a951a6b09edbdc864c7adbd740ac50c022f3082bafd22d78197c5d508b977bca13f32e652e74ba728576077ce628c535e
    87dc6077ba07d29068590c8cb5f1088e082cfa0ec961302d69cf3d44`,
  fifth: `8daa17b1ae050529c6827f28c0ef6a1242e93f8b314fb18a77f790ae049fedd612267fecaefc450174d76d9f9aa7755a
    30cd90a9a5874bf48eaf70eea3a62a250a8b6bd8d9b08b08d64e32d1817777fb544d49cd49720e219dbf8bbed33904e1fd40a41d
    370a1f65745095687d47ba1d36d2349e23f644392c8ea9c49d40c13271aff264d0f24841d6465f0996ff84e65fc517c53efc3363
    c38492a8`,
} as const;

/** TS 35.217 (UEA2 design conformance test data), test sets 1 to 5. */
export const eea1Vectors: readonly Vector[] = [
  vector(
    ...(['d3c5d592327fb11c4035c6680af8c6d1', 0x398a59b4, 0x15, 1, 253, plain.first] as const),
    '5d5bfe75eb04f68ce0a12377ea00b37d47c6a0ba06309155086a859c4341b378',
  ),
  vector(
    ...(['2bd6459f82c5b300952c49104881ff48', 0x72a4f20f, 0x0c, 1, 798, plain.second] as const),
    `8ceba62943dced3a0990b06ea1b0a2c4fb3cedc71b369f42ba64c1eb6665e72aa1c9bb0deaa20fe86058b8baee2c2e7f0becce48
     b52932a53c9d5f931a3a7c532259af4325e2a65e3084ad5f6a513b7bddc1b65f0aa0d97a053db55a88c4c4f9605e4140`,
  ),
  vector(
    ...(['0a8b6bd8d9b08b08d64e32d1817777fb', 0x544d49cd, 0x04, 0, 310, plain.third] as const),
    '48148e5452a210c05f46bc80dc6f73495b02048c1b958b026102ca97280279a4c18d2ee308921c',
  ),
  vector(
    ...(['aa1f95aea533bcb32eb63bf52d8f831a', 0x72d8c671, 0x10, 1, 1022, plain.fourth] as const),
    `ffcfc2fead6c094e96c589d0f6779b6784246c3c4d1cea203db3901f40ad4fd7138bc6d77e8320cb102f497fdd44a269a96ecb28
     617700e332eb2f736b34f4f2693094e22ff94f9be4723da40c40dfd3931cc1ac9723f6b4a9913e96b6db7abcace415177c1d0115
     c5f09b5fdea0b3adb8f9da6e9f9a04c543397b9d43f87330`,
  ),
  vector(
    ...(['9618ae46891f86578eebe90ef7a1202e', 0xc675a64b, 0x0c, 1, 1245, plain.fifth] as const),
    `6cdb18a7ca8218e86e4b4b716a4d04371fbec262fc5ad0b3819b187b97e55b1a4d7c19ee24c8b4d7723cfedf045b8acae4869517
     d80e50615d9035d5d9c5a40af602280b542597b0cb18619eeb35925759d195e100e8e4aa0c38a3c2abe0f3d8ff04f3c33c295069
     c23694b5bbeacdd542e28e8a94edb9119f412d054be1fa7272b5ffb2b2570f4f7ceaf383a8a9d93572f04d6e3a6e293726ec62c8`,
  ),
];

/** TS 33.401, C.1.1 to C.1.5. */
export const eea2Vectors: readonly Vector[] = [
  vector(
    ...(['d3c5d592327fb11c4035c6680af8c6d1', 0x398a59b4, 0x15, 1, 253, plain.first] as const),
    'e9fed8a63d155304d71df20bf3e82214b20ed7dad2f233dc3c22d7bdeeed8e78',
  ),
  vector(
    ...(['2bd6459f82c440e0952c49104805ff48', 0xc675a64b, 0x0c, 1, 798, plain.second] as const),
    `5961605353c64bdca15b195e288553a910632506d6200aa790c4c806c99904cf2445cc50bb1cf168a49673734e081b57e324ce52
     59c0e78d4cd97b870976503c0943f2cb5ae8f052c7b7d392239587b8956086bcab18836042e2e6ce42432a17105c53d0`,
  ),
  vector(
    ...(['0a8b6bd8d9b08b08d64e32d1817777fb', 0x544d49cd, 0x04, 0, 310, plain.third] as const),
    '75750d37b4bba2a4dedb34235bd68c6645acdaaca48138a3b0c471e2a7041a576423d2927287f0',
  ),
  vector(
    ...(['aa1f95aea533bcb32eb63bf52d8f831a', 0x72d8c671, 0x10, 1, 1022, plain.fourth] as const),
    `dfb440acb3773549efc04628aeb8d8156275230bdc690d94b00d8d95f28c4b56307f60f4ca55eba661ebba72ac808fa8c49e2678
     8ed04a5d606cb418de74878b9a22f8ef29590bc4eb57c9faf7c41524a885b8979c423f2f8f8e0592a9879201be7ff9777a162ab8
     10feb324ba74c4c156e04d39097209653ac33e5a5f2d8864`,
  ),
  vector(
    ...(['9618ae46891f86578eebe90ef7a1202e', 0xc675a64b, 0x0c, 1, 1245, plain.fifth] as const),
    `919c8c33d66789703d05a0d7ce82a2aeac4ee76c0f4da050335e8a84e7897ba5df2f36bd513e3d0c8578c7a0fcf043e03aa3a39f
     baad7d15be074faa5d9029f71fb457b647834714b0e18f117fca10677945096c8c5f326ba8d6095eb29c3e36cf245d1622aafe92
     1f7566c4f5d644f2f1fc0ec684ddb21349747622e209295d27ff3f95623371d49b147c0af486171f22cd04b1cbeb2658223e6938`,
  ),
];

const integrity = {
  second: 'b3d3c9170a4e1632f60f861013d22d84b726b6a278d802d1eeaf1321ba5929dc',
  third: `bbb057038809496bcff86d6fbc8ce5b135a06b166054f2d565be8ace75dc851e0bcdd8f07141c495872fb5d8c0c66a8b
    6da556663e4e461205d84580bee5bc7e`,
  fourth: `35c68716633c66fb750c266865d53c11ea05b1e9fa49c8398d48e1efa5909d3947902837f5ae96d5a05bc8d61ca8dbef
    1b13a4b4abfe4fb1006045b674bb54729304c382be53a5af05556176f6eaa2ef1d05e4b083181ee674cda5a485f74d7a`,
  fifth: 'd3c53839626820717765667620323837636240981ba6824c1bfb1ab485472029b71d808ce33e2cc3c0b5fc1f3de8a6dc',
  sixth: `70dedf2dc42c5cbd3a96f8a0b11418b3608d5733604a2cd36aabc70ce3193bb5153be2d3c06dfdb2d16e9c357158be6a
    41d6b861e491db3fbfeb518efcf048d7d58953730ff30c9ec470ffcd663dc34201c36addc0111c35b38afee7cfdb582e3731f8b4
    baa8d1a89c06e81199a9716227be344efcb436ddd0f096c064c3b5e2c399993fc77394f9e09720a811850ef23b2ee05d9e617360
    9d86e1c0c18ea51a012a00bb413b9cb8188a703cd6bae31cc67b34b1b00019e6a2b2a690f02671fe7c9ef8dec0094e533763478d
    58d2c5f5b827a0148c5948a96931acf84f465a64e62ce74007e991e37ea823fa0fb21923b79905b733b631e6c7d6860a3831ac35
    1a9c730c52ff72d9d308eedbab21fde143a0ea17e23edc1f74cbb3638a2033aaa15464eaa733385dbbeb6fd73509b857e6a419dc
    a1d8907af977fbac4dfa35ec`,
} as const;

/** Key, count, bearer, direction, bits and message that C.2 and C.4 share. */
const common: readonly (readonly [string, number, number, 0 | 1, number, string])[] = [
  ['7e5e94431e11d73828d739cc6ced4573', 0x36af6144, 0x18, 1, 254, integrity.second],
  ['d3419be821087acd02123a9248033359', 0xc7590ea9, 0x17, 0, 511, integrity.third],
  ['83fd23a244a74cf358da3019f1722635', 0x36af6144, 0x0f, 1, 768, integrity.fourth],
  ['6832a65cff4473621ebdd4ba26a921fe', 0x36af6144, 0x18, 0, 383, integrity.fifth],
  ['5d0a80d8134ae19677824b671e838af4', 0x7827fab2, 0x05, 1, 2558, integrity.sixth],
];

const withCodes = (codes: readonly string[]): Vector[] =>
  common.map((inputs, index) => vector(...inputs, codes[index] ?? 'missing'));

/** TS 33.401, C.4 (test sets 1 to 6). */
export const eia1Vectors: readonly Vector[] = [
  vector('2bd6459f82c5b300952c49104881ff48', 0x38a6f056, 0x1f, 0, 88, '3332346263393861373479', '731f1165'),
  ...withCodes(['e3259f6f', '9a16c77d', 'bba74492', '4145e4b0', '0fa2b1ee']),
];

/** TS 33.401, C.2 (test sets 1 to 7). */
export const eia2Vectors: readonly Vector[] = [
  vector('2bd6459f82c5b300952c49104881ff48', 0x38a6f056, 0x18, 0, 58, '3332346263393840', '118c6eb8'),
  vector('d3c5d592327fb11c4035c6680af8c6d1', 0x398a59b4, 0x1a, 1, 64, '484583d5afe082ae', 'b93787e6'),
  ...withCodes(['1f60b01d', '6846a2f0', 'e657e182', 'f0668c1e', 'f4cc8fa3']),
];

/** KASME from CK, IK, PLMN octets, SQN and AK. */
export const kasmeVector = {
  ck: 'b40ba9a3c58b2a05bbf0d987b21bf8cb',
  ik: 'f769bcd751044604127672711c6d3441',
  plmn: '024830',
  sqn: 'fd8eef40df7d',
  ak: 'aa689c648370',
  kasme: '238e457e0f758badbca8d34bb2612c10428d426757cb5553b2b184fa64bfc549',
} as const;
