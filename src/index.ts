/**
 * What another program imports: load a topology, bring it up, run things in it, follow packets, take it down.
 *
 *     import { loadTopology, up, down, withLab, runTrace, expectJourney } from 'xiyou';
 */
export { XiyouError, formatError } from './errors.ts';
export { loadTopology, registry, topologyJsonSchema } from './engine/load.ts';
export { convertFile } from './engine/convert.ts';
export { containerlabOf } from './engine/export.ts';
export { up } from './engine/up.ts';
export { down } from './engine/down.ts';
export { withLab } from './engine/open.ts';
export type { Lab } from './engine/lab.ts';
export { checkNow, runChecks } from './engine/check.ts';
export type { CheckResult } from './engine/check.ts';
export { journey } from './engine/journey.ts';
export type { JourneyOptions, LabJourney } from './engine/journey.ts';
export { junitXml } from './checks/junit.ts';
export { runTrace } from './engine/trace.ts';
export type { TraceOptions, TraceResult } from './engine/trace.ts';
export { viewCore } from './engine/epc.ts';
export { captureFrames } from './engine/capture.ts';
export { findLink, impairLink, setLinkState } from './engine/link.ts';
export { planTopology } from './plan/plan.ts';
export { passportOf } from './journey/passport.ts';
export { expectJourney } from './journey/expect.ts';
export { ledgerText, passportText } from './journey/render-text.ts';
export { ladderOf, type Ladder, type Rung } from './ladder/ladder.ts';
export { ladderText } from './ladder/text.ts';
export type { Check } from './topology/check.ts';
export type { Topology } from './topology/topology.ts';
