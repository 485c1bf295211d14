/** GTPv2-C, the language between MME, SGW and PGW (3GPP TS 29.274): everything that its speakers need. */
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
export { type Endpoint, type EndpointOptions, gtpv2Endpoint } from './endpoint.ts';
export type { PathEvent } from './path.ts';
export { type Counters, type Draft, Gtpv2Timeout, type Incoming, type Remote, type Timing } from './transaction.ts';
export { causeOf, refusal } from './refusal.ts';
