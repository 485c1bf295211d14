/** The HSS as a process: Diameter S6a, and a control socket that bars subscribers. */
import { randomBytes } from 'node:crypto';
import { application, VENDOR_3GPP } from '../../../src/signalling/diameter/index.ts';
import { diameterServer } from '../diameter-node.ts';
import { ControlError, type Start } from '../functions.ts';
import { hssConfig } from './config.ts';
import { Hss } from './hss.ts';

/**
 * `{"do": "bar", "imsi": "...", "cause": 11}` refuses a subscriber from the next attach on; without a cause, or with
 * null, the subscriber is welcome again.
 */
export const start: Start = async (field, host) => {
  const config = hssConfig(field);
  const hss = new Hss(config.subscribers, (length) => new Uint8Array(randomBytes(length)));
  const stop = await diameterServer(
    {
      name: 'S6a',
      transport: config.s6a.transport,
      local: config.s6a.local,
      onRequest: (request) => hss.answer(request),
      identity: {
        host: config.host,
        realm: config.realm,
        addresses: [config.s6a.local],
        vendorId: VENDOR_3GPP,
        productName: 'Xiyou HSS',
        originStateId: host.restarts,
        applications: [{ id: application.s6a, vendor: VENDOR_3GPP }],
      },
    },
    host,
  );
  return {
    stop,
    status: () => ({ host: config.host, subscribers: hss.status() }),
    control: (request) => {
      if (request.do !== 'bar') return undefined;
      const { imsi, cause } = request;
      if (typeof imsi !== 'string') throw new ControlError('expected "imsi"');
      if (cause !== 11 && cause !== 15 && cause !== undefined && cause !== null)
        throw new ControlError('expected "cause" to be 11, 15 or nothing');
      if (!hss.bar(imsi, cause ?? undefined)) throw new ControlError(`no subscriber has the IMSI ${imsi}`);
      return {};
    },
  };
};
