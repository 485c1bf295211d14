/** The OCS as a process: Diameter Gy over TCP, and a control socket where one pays. */
import { type Field, integer, ipv4, list, member, optional, text } from '../../fields.ts';
import { application, VENDOR_3GPP } from '../../../src/signalling/diameter/index.ts';
import { diameterServer } from '../diameter-node.ts';
import { onceEach } from '../diameter/duplicates.ts';
import { ControlError, type Start } from '../functions.ts';
import { imsi } from '../hss/config.ts';
import { type Account, Ocs } from './ocs.ts';

const octets = integer(0, Number.MAX_SAFE_INTEGER);

const account = (field: Field): Account => ({
  imsi: imsi(member(field, 'imsi')),
  octets: octets(member(field, 'octets')),
});

/** `{"do": "pay", "imsi": "...", "octets": 1000000}` fills an account; the answer has the balance. */
export const start: Start = async (field, host) => {
  const local = ipv4(member(member(field, 'gy'), 'local'));
  const name = text(member(field, 'host'));
  const quota = integer(1, Number.MAX_SAFE_INTEGER)(member(field, 'quota'));
  const ocs = new Ocs(quota, optional(member(field, 'accounts'), (all) => list(all, account)) ?? []);
  const stop = await diameterServer(
    {
      name: 'Gy',
      transport: 'tcp',
      local,
      // Charged once, however often it comes.
      onRequest: onceEach(host.clock, (request) => ocs.answer(request)),
      identity: {
        host: name,
        realm: text(member(field, 'realm')),
        addresses: [local],
        vendorId: VENDOR_3GPP,
        productName: 'Xiyou OCS',
        originStateId: host.restarts,
        applications: [{ id: application.creditControl }],
      },
    },
    host,
  );
  return {
    stop,
    status: () => ({ host: name, ...ocs.status() }),
    control: (request) => {
      if (request.do !== 'pay') return undefined;
      const { imsi: who, octets: amount } = request;
      if (typeof who !== 'string' || typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 0)
        throw new ControlError('expected "imsi" and "octets"');
      return { octets: Number(ocs.pay(who, amount)) };
    },
  };
};
