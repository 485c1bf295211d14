/** The GTP daemon reads what the feature writes: the two agree on TEIDs and addresses at every end of every tunnel. */
import t from 'tap';
import type { Test } from 'tap';
import { gtpConfig } from '../../../lab/gtp/config.ts';
import type { GtpConfig, Tunnel } from '../../../lab/gtp/config.ts';
import { mobile } from '../../helpers/fixtures.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const configOf = (name: string): GtpConfig => {
  const file = contributionOf(mobile(), name).operations.flatMap(({ operation }) =>
    operation.op === 'file' && operation.path === '/etc/gtp.json' ? [operation.content] : [],
  )[0];
  return gtpConfig({ value: JSON.parse(file ?? ''), at: name });
};

const isOneTunnel = (
  t: Test,
  near: Tunnel | undefined,
  nearAddress: string,
  far: Tunnel | undefined,
  farAddress: string,
): void => {
  t.same([near?.teidIn, near?.teidOut, near?.peer], [far?.teidOut, far?.teidIn, farAddress]);
  t.equal(far?.peer, nearAddress);
};

void t.test('both ends of each tunnel agree', (t) => {
  const [enb, sgw, pgw] = [configOf('enb'), configOf('sgw'), configOf('pgw')];
  if (enb.role !== 'enodeb' || sgw.role !== 'sgw' || pgw.role !== 'pgw') throw new Error('roles');
  isOneTunnel(t, enb.radios[0]?.session.core, enb.local, sgw.sessions[0]?.access, sgw.access);
  isOneTunnel(t, sgw.sessions[0]?.core, sgw.core, pgw.sessions[0]?.access, pgw.local);
  t.equal(enb.radios[0]?.session.address, pgw.sessions[0]?.address);
  t.equal(enb.radios[0]?.session.core.teidOut, 0x11, 'as written');
  t.equal(pgw.sessions[0]?.access.teidIn, 0x3001, 'by default');
  t.end();
});
