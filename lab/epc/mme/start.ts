/** The MME as a process: S1AP over SCTP, GTPv2-C on S11, Diameter S6a. */
import { randomBytes } from 'node:crypto';
import { application, DiameterError, results, VENDOR_3GPP } from '../../../src/signalling/diameter/index.ts';
import { diameterClient } from '../diameter-node.ts';
import { ControlError, type Host, isListOfText, type Start } from '../functions.ts';
import { GTPV2_PORT } from '../../../src/signalling/gtpv2/index.ts';
import { openGtpv2Node } from '../gtpv2-node.ts';
import {
  describeS1ap,
  decodeS1ap,
  encodeS1ap,
  errorIndication,
  S1AP_PORT,
  S1AP_PPID,
  S1apError,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { describeClose, listen, type SctpAssociation } from '../sctp/sctp.ts';
import { mmeConfig } from './config.ts';
import { Mme } from './mme.ts';

/** S11 requests are repeated once more than the SGW's on S5, so that the SGW's answer is still awaited. */
const ATTEMPTS = 4;

/** An eNodeB has made an association. */
const serveEnodeb = (mme: Mme, association: SctpAssociation, { changed, log, warn }: Host): void => {
  const { address } = association.remote;
  const enodeb = mme.join(address, (pdu, stream) => {
    log(`S1AP > ${enodeb.name} ${describeS1ap(pdu)}`);
    if (association.state === 'established') association.send(stream, S1AP_PPID, encodeS1ap(pdu));
  });
  association.onClose((reason) => {
    log(`S1AP: ${enodeb.name} ${describeClose(reason)}`);
    mme.leave(enodeb, 'the association is lost');
  });
  association.onRestart(() => mme.leave(enodeb, 'the eNodeB has restarted'));
  association.onMessage(({ bytes }) => {
    try {
      const pdu = decodeS1ap(bytes);
      log(`S1AP < ${enodeb.name} ${describeS1ap(pdu)}`);
      mme.receive(enodeb, pdu);
      if (pdu.name === 'S1SetupRequest') changed();
    } catch (error) {
      if (!(error instanceof S1apError)) {
        warn(error);
        return;
      }
      log(`S1AP < ${enodeb.name} refused: ${error.message}`);
      if (error.criticality !== 'ignore') enodeb.send(errorIndication(error), 0);
    }
  });
};

/**
 * `{"do": "reset", "enodeb": "enb1"}` resets S1 with an eNodeB, `"imsis": [...]` the connections of some phones; the
 * answer says how many are gone.
 */
export const start: Start = async (field, host) => {
  const config = mmeConfig(field);
  const { s6a, s11 } = config;
  const hss = diameterClient(
    {
      name: 'S6a',
      transport: s6a.transport,
      local: s6a.local,
      remote: s6a.hss,
      onRequest: (received) => {
        throw new DiameterError(results.DIAMETER_COMMAND_UNSUPPORTED, `command ${received.command}`, { received });
      },
      identity: {
        host: s6a.host,
        realm: s6a.realm,
        addresses: [s6a.local],
        vendorId: VENDOR_3GPP,
        productName: 'Xiyou MME',
        originStateId: host.restarts,
        applications: [{ id: application.s6a, vendor: VENDOR_3GPP }],
      },
    },
    host,
  );
  const mme: Mme = new Mme(config, {
    ...{ clock: host.clock, restarts: host.restarts, log: host.log, warn: host.warn },
    random: (length) => new Uint8Array(randomBytes(length)),
    askSgw: (draft) => gateway.request({ address: s11.sgw, port: GTPV2_PORT }, draft),
    tellSgw: (draft) => gateway.notify({ address: s11.sgw, port: GTPV2_PORT }, draft),
    askHss: hss.request,
  });
  const gateway = await openGtpv2Node(
    {
      name: 'S11',
      local: s11.local,
      t3Response: config.timers.t3Response,
      echoInterval: config.timers.echo,
      n3Requests: ATTEMPTS,
      onRequest: (incoming) => mme.serveGateway(incoming),
      onPath: ({ kind, remote }) => {
        host.log(`S11: ${remote.address} ${kind}`);
        if (kind === 'restarted') mme.forgetSessions();
      },
    },
    host,
  );
  gateway.watch(s11.sgw, config.timers.echo);
  const associations = new Set<SctpAssociation>();
  const listener = await listen({ local: config.s1mme.local, port: S1AP_PORT }, (association) => {
    associations.add(association);
    association.onClose(() => associations.delete(association));
    serveEnodeb(mme, association, host);
  });
  return {
    status: () => ({ ...mme.status(), hss: hss.state(), gtp: gateway.counters, transactions: gateway.size() }),
    control: async (request) => {
      if (request.do !== 'reset') return undefined;
      const { enodeb, imsis } = request;
      if (typeof enodeb !== 'string' || (imsis !== undefined && !isListOfText(imsis)))
        throw new ControlError('expected "enodeb", and "imsis" unless all phones are meant');
      const result = await mme.reset(enodeb, imsis);
      if (result === undefined) throw new ControlError(`no eNodeB is called ${enodeb}`);
      if (!result.acknowledged) throw new ControlError(`${enodeb} has not acknowledged the Reset`);
      return { connections: result.connections };
    },
    stop: async () => {
      listener.close();
      hss.stop();
      await Promise.all([...associations].map((association) => association.close()));
    },
  };
};
