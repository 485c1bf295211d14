/** The OCS: grants, what comes back of them, the last one, and accounts that are empty. */
import t from 'tap';
import {
  application,
  avp,
  type Avp,
  base,
  ccRequestTypes,
  command,
  credit,
  readServiceCredits,
  resultOf,
  subscriptionIdTypes,
  writeServiceCredit,
  writeSubscriptionId,
} from '../../../../../src/signalling/diameter/index.ts';
import { Ocs } from '../../../../../lab/epc/ocs/ocs.ts';

const imsi = '460000000000001';

/** Asks, and says in short what came: the result, the grant in octets, and whether it is the last. */
const asker = (ocs: Ocs, session = 'pgw;1;1', who = imsi, restarts = 1) => {
  let next = 0;
  return (type: keyof typeof ccRequestTypes, used = 0, number = next): readonly (number | string | undefined)[] => {
    next = number + 1;
    const requested = type === 'termination' ? {} : { requested: { totalOctets: 1_000_000n } };
    const avps: readonly Avp[] = ocs.answer({
      ...{ request: true, proxiable: true, error: false, retransmitted: false, hopByHop: 1, endToEnd: 1 },
      command: command.creditControl,
      application: application.creditControl,
      avps: [
        avp(base.sessionId, session),
        avp(base.originHost, 'pgw'),
        avp(base.originStateId, restarts),
        avp(credit.ccRequestType, ccRequestTypes[type]),
        avp(credit.ccRequestNumber, number),
        writeSubscriptionId(subscriptionIdTypes.imsi, who),
        writeServiceCredit({ ratingGroup: 1, ...requested, used: [{ totalOctets: BigInt(used) }] }),
      ],
    });
    const [service] = readServiceCredits(avps);
    const granted = service?.granted?.totalOctets;
    return [
      resultOf({ avps }).code,
      ...(service === undefined ? [] : [service.result, granted === undefined ? undefined : Number(granted)]),
      ...(service?.finalAction === undefined ? [] : ['last']),
    ];
  };
};

void t.test('an account is granted piece by piece until it is empty', (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 2500 }]);
  const ask = asker(ocs);
  t.same(ask('initial'), [2001, 2001, 1000]);
  t.same(ask('update', 1000), [2001, 2001, 1000]);
  t.same(ask('update', 1000), [2001, 2001, 500, 'last']);
  t.same(ask('update', 600), [2001, 4012, undefined]);
  t.same(ask('termination'), [2001]);
  t.match(ocs.status(), { accounts: [{ octets: 0, used: 2600, reserved: 0 }], sessions: [] });
  t.same(asker(ocs, 'pgw;1;2')('initial'), [4012]);
  t.equal(ocs.pay(imsi, 10), 10n);
  t.same(asker(ocs, 'pgw;1;3')('initial'), [2001, 2001, 10, 'last']);
  t.end();
});

void t.test('what is reserved for one session is not granted to another, and comes back unused', (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 1200 }]);
  const [one, other] = [asker(ocs, 'a'), asker(ocs, 'b')];
  t.same(one('initial'), [2001, 2001, 1000]);
  t.same(other('initial'), [2001, 2001, 200, 'last']);
  t.same(one('termination', 100), [2001]);
  t.same(other('update', 200), [2001, 2001, 900, 'last']);
  t.end();
});

void t.test('a repetition gets the same answer and is not charged again', (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 5000 }]);
  const ask = asker(ocs);
  ask('initial');
  const first = ask('update', 700, 1);
  t.same(ask('update', 700, 1), first);
  t.match(ocs.status(), { accounts: [{ octets: 4300, used: 700 }] });
  t.end();
});

void t.test('nobody is charged who has no account or no session', (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 0 }]);
  t.same(asker(ocs)('initial'), [4012]);
  t.same(asker(ocs, 'x', '460000000000099')('initial'), [5030]);
  t.same(asker(ocs, 'x')('update', 1), [5002]);
  t.match(ocs.status(), { sessions: [] });
  t.end();
});

void t.test('a gateway that has restarted has lost its sessions, and their grants come back', (t) => {
  const ocs = new Ocs(1000, [{ imsi, octets: 1000 }]);
  t.same(asker(ocs)('initial'), [2001, 2001, 1000, 'last']);
  t.same(asker(ocs, 'pgw;1;2')('initial'), [4012], 'all is reserved');
  t.same(asker(ocs, 'pgw;2;1', imsi, 2)('initial'), [2001, 2001, 1000, 'last']);
  t.match(ocs.status(), { sessions: [{ id: 'pgw;2;1' }], accounts: [{ octets: 1000, reserved: 1000 }] });
  t.same(asker(ocs, 'pgw;1;1')('update'), [5002]);
  t.end();
});
