/** What tests of the core ask its functions (epc-core.ts), and the capture of everything they say. */
import path from 'node:path';
import { openCapture } from '../../src/kernel/capture.ts';
import { type Allowance, remarksOn } from './clean-capture.ts';
import { capturePoints, type EpcCore, type Json, KEYS } from './epc-core.ts';
import { poll, type Teardown } from './netns.ts';
import { record, writeCapture } from './pcap.ts';
import { tsharkFields, type TsharkRow } from './tshark.ts';

export const attach = (core: EpcCore, imsi: string, more: Json = {}): Promise<Json> =>
  core.ask('enb', { do: 'attach', imsi, ...KEYS, ...more });

/** A list in the status of a function. */
export const listOf = async (core: EpcCore, node: string, name: string): Promise<readonly Json[]> =>
  (await core.ask(node, { do: 'status' }))[name] as readonly Json[];

export const phoneAt = async (core: EpcCore, imsi: string): Promise<Json | undefined> =>
  (await listOf(core, 'mme', 'phones')).find((phone) => phone['imsi'] === imsi);

export const registered = (core: EpcCore, imsi: string): Promise<Json> =>
  poll(`${imsi} is registered`, async () => {
    const phone = await phoneAt(core, imsi);
    return phone?.['state'] === 'registered' && phone;
  });

export interface Recorded {
  /** What Wireshark finds wrong; see `remarksOn`. */
  readonly remarks: (allowances?: readonly Allowance[]) => Promise<string[]>;
  /** Fields of the frames that a display filter selects. */
  readonly rows: (filter: string, ...fields: readonly string[]) => Promise<TsharkRow[]>;
  readonly count: (filter: string) => Promise<number>;
}

/** Captures every interface of the core from now on; the returned function stops. */
export const recordCore = (t: Teardown, core: EpcCore): (() => Promise<Recorded>) => {
  const capture = openCapture({ namespaces: capturePoints(core) });
  t.teardown(async () => capture.close());
  const stop = record(capture);
  return async () => {
    const file = path.join(core.directory, 'core.pcapng');
    writeCapture(file, await stop());
    const rows: Recorded['rows'] = (filter, ...fields) => tsharkFields(file, fields, { filter });
    return {
      remarks: (allowances) => remarksOn(file, allowances),
      rows,
      count: async (filter) => (await rows(filter, 'frame.number')).length,
    };
  };
};
