/** One message of each kind that the samples have, in the carrier of its interface, as frames. */
import type { Frame } from '../../src/packet/layer.ts';
import { encodeMessage as encodeDiameter } from '../../src/signalling/diameter/message.ts';
import { encodeMessage } from '../../src/signalling/gtpv2/message.ts';
import { rrcDatagram } from '../../src/signalling/rrc/rrc.ts';
import { encodeS1ap } from '../../src/signalling/s1ap/s1ap.ts';
import { diameterMessages } from './diameter-messages.ts';
import { gtpv2Messages } from './gtpv2-messages.ts';
import { addresses, at, dataChunk, gtpc, onAir, radioAddresses, sctpPacket, segment } from './ladder-frames.ts';
import { rrcMessages } from './rrc-messages.ts';
import { s1apMessages } from './s1ap-messages.ts';

const { phone1, enb1, mme, sgw, pgw, ocs } = addresses;

export const sampleFrames = (): Frame[] => {
  let micros = 0;
  const next = (): number => (micros += 10);
  let sequence = 1;
  const stream = [...diameterMessages.values()].map((message) => {
    const octets = encodeDiameter(message);
    const part = segment(pgw, ocs, sequence, octets, message.request);
    sequence += octets.length;
    return at('pgw:gy >', next(), part);
  });
  return [
    ...stream,
    ...s1apMessages.map((pdu, index) =>
      at('mme:s1 >', next(), sctpPacket(mme, enb1, 1, dataChunk(index + 1, encodeS1ap(pdu)))),
    ),
    ...[...gtpv2Messages.values()].map((message) => at('mme:s11 >', next(), gtpc(mme, sgw, encodeMessage(message)))),
    ...rrcMessages.map(({ channel, octets }) =>
      channel.startsWith('UL')
        ? at('enb1:radio <', next(), onAir(phone1, radioAddresses.enb1, rrcDatagram(channel, octets)))
        : at('enb1:radio >', next(), onAir(radioAddresses.enb1, phone1, rrcDatagram(channel, octets))),
    ),
  ];
};
