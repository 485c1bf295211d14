/**
 * Answers in place of whoever has an address in a tenant network, where they are asked. The owner's own questions, and those
 * of somebody who has no address yet, are for the others and go on (RFC 5227, RFC 4862).
 */
import { answers, ownQuestion, probeFromNowhere } from '../../openvswitch/answers.ts';
import { goTo, table } from './tables.ts';

export { swapEthernet } from '../../openvswitch/answers.ts';

/** The flows that answer who has an address in a network. */
export const responder = (vni: number, address: string, mac: string, isRouter = false): string[] =>
  answers(table, [`reg0=${vni}`], address, mac, isRouter);

/** The questions about its own address that a machine asks itself are not answered. */
export const questionOfOwner = (vni: number, address: string, mac: string): string[] => [
  ownQuestion(table, [`reg0=${vni}`], address, mac, [goTo('locate')]),
];

/** Duplicate address detection is heard by everybody. */
export const duplicateDetection: string = probeFromNowhere(table, [goTo('locate')]);
