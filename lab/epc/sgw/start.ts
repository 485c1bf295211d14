/** The SGW as a process: GTPv2-C on S11 and S5, GTP-U on S1-U and S5. */
import { dataPathChoice } from '../../gtp/config.ts';
import type { PlaneEvent } from '../../gtp/event.ts';
import { startPlane } from '../../gtp/plane.ts';
import type { Start } from '../functions.ts';
import type { PathEvent } from '../gtpv2/path.ts';
import { openGtpv2Node } from '../gtpv2-node.ts';
import { sgwConfig } from './config.ts';
import { Sgw } from './sgw.ts';

export const start: Start = async (field, host) => {
  const config = sgwConfig(field);
  const access = config.s1u.local;
  const core = config.s5.local;
  const dataPath = dataPathChoice(field);
  const lost = (event: PlaneEvent): void => {
    host.log(`GTP-U: ${event.peer} does not know TEID 0x${event.teid.toString(16)}`);
    sgw.tunnelLost(event);
  };
  const plane = await startPlane({ role: 'sgw', access, core, sessions: [], dataPath }, lost, (packet) =>
    sgw.downlinkData(packet),
  );
  const { t3Response, echo: echoInterval } = config.timers;
  const sgw: Sgw = new Sgw(config, {
    clock: host.clock,
    restarts: host.restarts,
    askMme: (to, draft, timing) => s11.request(to, draft, timing),
    askPgw: (to, draft, timing) => {
      // A PGW that restarts while no phone attaches would not be noticed otherwise.
      s5.watch(to.address, echoInterval);
      return s5.request(to, draft, timing);
    },
    warn: host.warn,
    plane,
  });
  const onPath =
    (name: string) =>
    ({ kind, remote }: PathEvent): void => {
      host.log(`${name}: ${remote.address} ${kind}`);
      if (kind === 'restarted') sgw.forget(remote.address);
    };
  const s11 = await openGtpv2Node(
    {
      ...{ name: 'S11', local: config.s11.local, t3Response },
      onRequest: (incoming) => sgw.serveS11(incoming),
      onPath: onPath('S11'),
    },
    host,
  );
  const s5 = await openGtpv2Node(
    {
      ...{ name: 'S5', local: core, t3Response, echoInterval },
      onRequest: (incoming) => sgw.serveS5(incoming),
      onPath: onPath('S5'),
    },
    host,
  );
  return {
    status: () => {
      const { dataPath, ...userPlane } = plane.status();
      return {
        ...sgw.status(),
        dataPath,
        gtp: { s11: s11.counters, s5: s5.counters },
        transactions: { s11: s11.size(), s5: s5.size() },
        userPlane,
      };
    },
    stop: plane.close,
  };
};
