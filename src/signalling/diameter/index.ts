/** Diameter, the language of HSS and OCS (RFC 6733; S6a: 3GPP TS 29.272; Gy: RFC 8506): its messages, as octets and as data. */
export { type Avp, avpFlag } from './avp.ts';
export * as base from './base-avps.ts';
export type { Application, LocalIdentity, RemoteIdentity } from './capabilities.ts';
export { answerTo, application, checkRequired, command, commandAbbreviation, commandName } from './command.ts';
export * as credit from './credit-control-avps.ts';
export * from './credit-control.ts';
export {
  avp,
  type AvpDefinition,
  type AvpReader,
  find,
  findAll,
  required,
  valueOf,
  VENDOR_3GPP,
} from './definition.ts';
export { definitionOf, describeAvp, describeMessage } from './dictionary.ts';
export { DiameterError } from './error.ts';
export * from './message.ts';
export { failure, result, resultOf, success, tgppResult } from './outcome.ts';
export { experimentalResults, isSuccess, type Result, resultName, results } from './result.ts';
export * as s6a from './s6a-avps.ts';
export * from './subscription.ts';
