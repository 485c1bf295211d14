/** GTPv2-C, the language between MME, SGW and PGW (3GPP TS 29.274): its messages, as octets and as data. */
export * from './bearer.ts';
export { type CauseName, causeName, causes, isAccepted } from './cause.ts';
export { type Described, describeIe, describeMessage } from './describe.ts';
export { elementOf, find, findAll, ie, type IeCodec, type IeReader, required, valueOf } from './element.ts';
export { Gtpv2Error, type Gtpv2Fault, type Header, type IeId } from './error.ts';
export { ieName } from './ie-type.ts';
export * from './indication.ts';
export * from './location.ts';
export { checkMandatory } from './mandatory.ts';
export * from './message.ts';
export * from './message-type.ts';
export * from './pco.ts';
export * from './subscriber.ts';
export * from './tunnel.ts';
export { causeOf, refusal } from './refusal.ts';
