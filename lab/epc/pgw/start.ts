/** The PGW as a process: S5 (GTPv2-C and GTP-U), Gy, and the TUN device behind which the Internet is. */
import { dataPathChoice } from '../../gtp/config.ts';
import { startPlane } from '../../gtp/plane.ts';
import { application, DiameterError, results, VENDOR_3GPP } from '../../../src/signalling/diameter/index.ts';
import { diameterClient } from '../diameter-node.ts';
import type { Start } from '../functions.ts';
import { openGtpv2Node } from '../gtpv2-node.ts';
import { pgwConfig } from './config.ts';
import { Pgw } from './pgw.ts';

/** Milliseconds that an answer of the OCS may take: less than the time after which the SGW gives up (TS 29.274, 7.6). */
const ANSWER_TIMEOUT = 4000;

export const start: Start = async (field, host) => {
  const config = pgwConfig(field);
  const { local } = config.s5;
  const dataPath = dataPathChoice(field);
  const plane = await startPlane({ role: 'pgw', local, tun: config.tun, sessions: [], dataPath }, (event) => {
    host.log(`GTP-U: ${event.peer} does not know TEID 0x${event.teid.toString(16)}`);
    pgw.tunnelLost(event).catch(host.warn);
  });
  const ocs = diameterClient(
    {
      name: 'Gy',
      transport: 'tcp',
      local: config.gy.local,
      remote: config.gy.ocs,
      answerTimeout: ANSWER_TIMEOUT,
      onRequest: (received) => {
        throw new DiameterError(results.DIAMETER_COMMAND_UNSUPPORTED, 'a PGW serves no requests', { received });
      },
      identity: {
        host: config.gy.host,
        realm: config.gy.realm,
        addresses: [config.gy.local],
        vendorId: VENDOR_3GPP,
        productName: 'Xiyou PGW',
        originStateId: host.restarts,
        applications: [{ id: application.creditControl }],
      },
    },
    host,
  );
  const pgw: Pgw = new Pgw(config, {
    clock: host.clock,
    restarts: host.restarts,
    realm: config.gy.realm,
    request: ocs.request,
    newSession: ocs.newSession,
    ask: (to, draft, timing) => endpoint.request(to, draft, timing),
    plane: {
      ...plane,
      count: (slot) => ({ up: plane.count(slot, 'up').octets, down: plane.count(slot, 'down').octets }),
    },
    warn: host.warn,
  });
  const endpoint = await openGtpv2Node(
    {
      name: 'S5',
      local,
      onRequest: (incoming) => pgw.serve(incoming),
      onPath: ({ kind, remote }) => {
        host.log(`S5: ${remote.address} ${kind}`);
        if (kind === 'restarted') pgw.forget(remote.address).catch(host.warn);
      },
    },
    host,
  );
  return {
    status: () => {
      const { dataPath, ...userPlane } = plane.status();
      return {
        ...pgw.status(),
        dataPath,
        ocs: ocs.state(),
        gtp: endpoint.counters,
        transactions: endpoint.size(),
        userPlane,
      };
    },
    stop: () => {
      plane.close();
      return ocs.stop();
    },
  };
};
