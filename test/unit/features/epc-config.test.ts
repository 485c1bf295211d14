/** What the feature writes is what the functions read: every configuration of a network passes its own reader. */
import t from 'tap';
import { enodebConfig } from '../../../lab/epc/enodeb/config.ts';
import { hssConfig } from '../../../lab/epc/hss/config.ts';
import { mmeConfig } from '../../../lab/epc/mme/config.ts';
import { pgwConfig } from '../../../lab/epc/pgw/config.ts';
import { sgwConfig } from '../../../lab/epc/sgw/config.ts';
import { ueConfig } from '../../../lab/epc/ue/config.ts';
import type { Field } from '../../../lab/fields.ts';
import { fn, lte } from '../../helpers/lte-fixture.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const written = lte({
  nodes: {
    phone1: { ...fn('ue', { apn: 'ims', on: false, credit: 0 }), gateway: '10.45.0.1' },
    mme: fn('mme', { eea: [2, 0], eia: [1, 2], timers: { t3413: '1s', t3Response: '500ms' } }),
    hss: fn('hss', { transport: 'tcp', subscribers: [{ imsi: '460005', barred: 11, sqn: 5 }] }),
    pgw: fn('pgw', { pools: { cmnet: '10.45.0.0/16', ims: '10.46.0.0/16' }, dns: ['192.0.2.53'] }),
    ocs: fn('ocs', { quota: 1000 }),
  },
});
const empty = lte({ nodes: { phone1: fn('ue', { subscribed: false }), phone2: fn('ue', { subscribed: false }) } });

for (const [name, topology] of Object.entries({ written, empty, plain: lte() })) {
  const fieldOf = (node: string): Field => {
    const content = contributionOf(topology, node).operations.flatMap(({ operation }) =>
      operation.op === 'file' && operation.path === '/etc/epc.json' ? [operation.content] : [],
    );
    return { value: JSON.parse(content.join('')), at: node };
  };

  void t.test(`${name}: every function understands what it is told`, (t) => {
    t.equal(ueConfig(fieldOf('phone1')).interface, 'eth0');
    t.equal(enodebConfig(fieldOf('enb1')).s1mme.mme, mmeConfig(fieldOf('mme')).s1mme.local);
    t.equal(mmeConfig(fieldOf('mme')).s6a.hss, hssConfig(fieldOf('hss')).s6a.local);
    t.equal(mmeConfig(fieldOf('mme')).s6a.transport, hssConfig(fieldOf('hss')).s6a.transport);
    t.equal(mmeConfig(fieldOf('mme')).s11.sgw, sgwConfig(fieldOf('sgw')).s11.local);
    t.equal(mmeConfig(fieldOf('mme')).pgw, pgwConfig(fieldOf('pgw')).s5.local);
    t.not(sgwConfig(fieldOf('sgw')).s5.local, sgwConfig(fieldOf('sgw')).s1u.local);
    t.end();
  });
}

void t.test('what is written is what is read', (t) => {
  const read = (node: string): unknown =>
    contributionOf(written, node).operations.flatMap(({ operation }) =>
      operation.op === 'file' && operation.path === '/etc/epc.json' ? [JSON.parse(operation.content) as unknown] : [],
    )[0];
  t.match(ueConfig({ value: read('phone1'), at: '' }), { apn: 'ims', on: false, gateway: '10.45.0.1' });
  t.match(mmeConfig({ value: read('mme'), at: '' }), {
    eea: [2, 0],
    timers: { t3413: 1000, t3Response: 500, t3450: 6000 },
  });
  t.equal(hssConfig({ value: read('hss'), at: '' }).subscribers.length, 3);
  t.same([...pgwConfig({ value: read('pgw'), at: '' }).pools.keys()], ['cmnet', 'ims']);
  t.match(read('ocs'), { quota: 1000, accounts: [{ octets: 0 }, {}] });
  t.end();
});
