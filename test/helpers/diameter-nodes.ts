/**
 * An HSS and an MME that meet at a relay on 10.66.0.2: what a test runs inside a namespace. The MME asks the HSS and is
 * answered; the report goes to the file named by the first argument. At SIGTERM both say goodbye.
 */
import { writeFileSync } from 'node:fs';
import { systemClock } from '../../lab/epc/clock.ts';
import {
  application,
  avp,
  base,
  ccRequestTypes,
  command,
  credit,
  find,
  GY_SERVICE_CONTEXT,
  readVectors,
  resultOf,
  s6a,
  subscriptionIdTypes,
  success,
  VENDOR_3GPP,
  writeSubscriptionId,
  writeVectors,
} from '../../src/signalling/diameter/index.ts';
import type { DiameterPeer } from '../../lab/epc/diameter/peer.ts';
import type { PeerOptions } from '../../lab/epc/diameter/peer-options.ts';
import { connectPeer } from '../../lab/epc/diameter/tcp.ts';

/** What the MME saw. */
export interface DiameterReport {
  readonly remote: string | undefined;
  readonly answers: readonly {
    readonly result: number;
    readonly from: string | undefined;
    readonly vectors: number;
  }[];
  /** Who the HSS was told to answer, through whom. */
  readonly routeRecord: string | undefined;
}

const realm = 'epc.test';
const octets = (length: number): Uint8Array => new Uint8Array(length).fill(length);
const states: Record<string, string[]> = {};

/** A node that is connected to the relay, its capabilities exchanged. */
const connectNode = async (
  name: string,
  address: string,
  more: Pick<PeerOptions, 'onRequest'> & Partial<PeerOptions>,
): Promise<DiameterPeer> => {
  const { promise: open, resolve, reject } = Promise.withResolvers<void>();
  const own: string[] = (states[name] = []);
  const peer = await connectPeer(
    { host: '10.66.0.2', localAddress: address },
    {
      local: {
        host: `${name}.${realm}`,
        realm,
        addresses: [address],
        vendorId: VENDOR_3GPP,
        productName: 'Xiyou',
        originStateId: Math.floor(Date.now() / 1000),
        applications: [{ id: application.s6a, vendor: VENDOR_3GPP }, { id: application.creditControl }],
      },
      clock: systemClock,
      onState: (state, reason) => {
        own.push(reason === undefined ? state : `${state}: ${reason}`);
        if (state === 'open') resolve();
        if (state === 'closed') reject(new Error(`${name}: ${own.join(', ')}`));
      },
      onError: (error) => process.stderr.write(`${name}: ${String(error)}\n`),
      ...more,
    },
  );
  await open;
  return peer;
};

let routeRecord: string | undefined;
const stateless = avp(base.authSessionState, 1);

// The HSS is silent unless asked, so that the relay's watchdog asks it.
const hss = await connectNode('hss', '10.66.0.3', {
  onRequest: (request) => {
    routeRecord = find(request.avps, base.routeRecord);
    if (request.command === command.authenticationInformation) {
      const vector = { rand: octets(16), xres: octets(8), autn: octets(16), kasme: octets(32) };
      return [success, stateless, writeVectors([vector])];
    }
    const copied = [base.authApplicationId, credit.ccRequestType, credit.ccRequestNumber];
    return [success, ...request.avps.filter(({ code }) => copied.some((one) => one.code === code))];
  },
});
// The MME asks the relay before the relay asks it.
const mme = await connectNode('mme', '10.66.0.1', { onRequest: () => [success], watchdogInterval: 2000 });

const destination = avp(base.destinationRealm, realm);
const answers = [
  await mme.request({
    command: command.authenticationInformation,
    application: application.s6a,
    avps: [
      avp(base.vendorSpecificApplicationId, [
        avp(base.vendorId, VENDOR_3GPP),
        avp(base.authApplicationId, application.s6a),
      ]),
      stateless,
      destination,
      avp(base.destinationHost, `hss.${realm}`),
      avp(base.userName, '460001234567890'),
      avp(s6a.requestedEutranAuthenticationInfo, [avp(s6a.numberOfRequestedVectors, 1)]),
      avp(s6a.visitedPlmnId, { mcc: '460', mnc: '00' }),
    ],
  }),
  await mme.request({
    command: command.creditControl,
    application: application.creditControl,
    avps: [
      destination,
      avp(base.destinationHost, `hss.${realm}`),
      avp(base.authApplicationId, application.creditControl),
      avp(credit.serviceContextId, GY_SERVICE_CONTEXT),
      avp(credit.ccRequestType, ccRequestTypes.initial),
      avp(credit.ccRequestNumber, 0),
      writeSubscriptionId(subscriptionIdTypes.imsi, '460001234567890'),
    ],
  }),
];

const report: DiameterReport = {
  remote: mme.remote?.host,
  answers: answers.map((answer) => ({
    result: resultOf(answer).code,
    from: find(answer.avps, base.originHost),
    vectors: readVectors(answer.avps).length,
  })),
  routeRecord,
};
writeFileSync(process.argv[2] ?? '/dev/stdout', JSON.stringify(report));

process.on('SIGTERM', () => {
  mme.disconnect();
  hss.disconnect();
});
