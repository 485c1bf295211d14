/** Damaged messages and frames: the ladder says what it cannot read, and never throws. */
import t from 'tap';
import { ladderOf } from '../../../src/ladder/ladder.ts';
import { sayDiameter } from '../../../src/ladder/names/diameter.ts';
import { sayGtpv2 } from '../../../src/ladder/names/gtpv2.ts';
import { sayNas } from '../../../src/ladder/names/nas.ts';
import { sayRrc } from '../../../src/ladder/names/rrc.ts';
import { sayS1ap } from '../../../src/ladder/names/s1ap.ts';
import { stepsOf } from '../../../src/ladder/select.ts';
import { ladderText } from '../../../src/ladder/text.ts';
import { encodeMessage as encodeDiameter } from '../../../src/signalling/diameter/message.ts';
import { decodeGsmtap } from '../../../src/signalling/gsmtap.ts';
import { encodeMessage } from '../../../src/signalling/gtpv2/message.ts';
import { rrcDatagram } from '../../../src/signalling/rrc/rrc.ts';
import { encodeS1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { diameterMessages } from '../../helpers/diameter-messages.ts';
import { gtpv2Messages } from '../../helpers/gtpv2-messages.ts';
import { captured } from '../../helpers/frames.ts';
import { golden } from '../../helpers/golden.ts';
import { sampleFrames } from '../../helpers/ladder-samples.ts';
import { fuzz } from '../../helpers/mutation.ts';
import { rrcMessages } from '../../helpers/rrc-messages.ts';
import { s1apMessages } from '../../helpers/s1ap-messages.ts';

const s1ap = s1apMessages.map(encodeS1ap);
const nas = s1ap.flatMap((octets) => sayS1ap(octets).carried.map((part) => part.octets));

const readers: Readonly<Record<string, readonly [readonly Uint8Array[], (octets: Uint8Array) => unknown]>> = {
  S1AP: [s1ap, sayS1ap],
  NAS: [nas, (octets) => [sayNas(octets, 'uplink', 0), sayNas(octets, 'downlink', 0)]],
  RRC: [
    rrcMessages.map(({ channel, octets }) => rrcDatagram(channel, octets)),
    (octets) => {
      const header = decodeGsmtap(octets);
      return header && sayRrc(header);
    },
  ],
  'GTPv2-C': [[...gtpv2Messages.values()].map((message) => encodeMessage(message)), sayGtpv2],
  Diameter: [[...diameterMessages.values()].map(encodeDiameter), sayDiameter],
};

for (const [name, [samples, say]] of Object.entries(readers))
  void t.test(`damaged ${name} has words, too`, (t) => {
    t.ok(samples.length > 3);
    const report = fuzz(samples, say, () => false);
    t.match(report, { wrong: [], refused: 0 }, `seed ${report.seed}`);
    t.ok(report.slowest < 100, `${report.slowest} ms`);
    t.end();
  });

void t.test('damaged frames make a ladder, and something is said of each', (t) => {
  const octets = sampleFrames().map(({ bytes }) => bytes);
  let told = 0;
  const report = fuzz(
    octets,
    (bytes) => {
      const ladder = ladderOf({ frames: [captured(bytes)] });
      told += ladder.rungs.length;
      ladderText(ladder, { all: true });
      stepsOf(ladder);
    },
    () => false,
  );
  t.match(report, { wrong: [], refused: 0 }, `seed ${report.seed}`);
  t.ok(told > report.rounds / 2, `${told} rungs`);
  t.end();
});

void t.test('what is told of one message of each kind', (t) => {
  const { rungs } = ladderOf({ frames: sampleFrames(), ciphering: () => 0 });
  const lines = rungs.map(({ interface: over, name, nas: inside, details, problem }) =>
    [
      `${over} ${name}`,
      ...inside.map((one) => `\n    + ${one.name}: ${one.problem ?? one.details.join(', ')}`),
      ...(details.length === 0 ? [] : [`\n    ${details.join(', ')}`]),
      ...(problem === undefined ? [] : [`\n    PROBLEM ${problem}`]),
    ].join(''),
  );
  const text = `${lines.join('\n')}\n`;
  t.equal(text, golden('ladder/samples.txt', text));
  t.end();
});
