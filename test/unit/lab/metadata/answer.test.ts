/** What the metadata service answers, to whom, and for how long a token is good. */
import t from 'tap';
import { answer, type Request } from '../../../../lab/metadata/answer.ts';
import type { Machine } from '../../../../lab/metadata/config.ts';
import { Tokens } from '../../../../lab/metadata/tokens.ts';
import { instanceId } from '../../../../lab/metadata/tree.ts';

const machine = (more: Partial<Machine> = {}): Machine => ({
  stand: '169.254.9.1',
  node: 'buddha',
  hostname: 'buddha',
  mac: '02:00:00:00:05:00',
  address: '10.0.1.11',
  tokens: 'optional',
  interfaces: [
    {
      mac: '02:00:00:00:05:00',
      ipv4: ['10.0.1.11', '10.0.1.21'],
      ipv6: [],
      subnet4: '10.0.1.0/24',
      public4: ['203.0.113.80'],
      groups: ['hall', 'wide'],
    },
    { mac: '02:00:00:00:05:01', ipv4: ['10.0.2.11'], ipv6: [], subnet4: '10.0.2.0/24', public4: [], groups: [] },
  ],
  userData: 'text',
  ...more,
});

let clock = 0;
const tokens = new Tokens(() => clock);
const ask = (path: string, more: Partial<Request> = {}, own = machine()): string => {
  const { status, body } = answer('lab', own, { method: 'GET', path, headers: {}, ...more }, tokens);
  return status === 200 ? body : String(status);
};

void t.test('directories list their names, and texts are texts, in every version', (t) => {
  t.equal(ask('/'), '2009-04-04\n2021-03-23\nlatest');
  t.equal(ask('/2009-04-04/'), 'meta-data/\nuser-data');
  t.equal(ask('/latest/', {}, machine({ userData: undefined })), 'meta-data/');
  t.equal(
    ask('/latest/meta-data'),
    'hostname\ninstance-id\nlocal-hostname\nlocal-ipv4\nmac\nnetwork/\npublic-ipv4\nsecurity-groups',
  );
  t.equal(ask('/latest/meta-data/local-ipv4?x=1'), '10.0.1.11');
  t.equal(ask('/latest/meta-data/security-groups'), 'hall\nwide');
  t.equal(ask('/latest/meta-data/network/interfaces/macs/'), '02:00:00:00:05:00/\n02:00:00:00:05:01/');
  t.equal(ask('/latest/meta-data/network/interfaces/macs/02:00:00:00:05:00/local-ipv4s'), '10.0.1.11\n10.0.1.21');
  t.equal(ask('/latest/meta-data/network/interfaces/macs/02:00:00:00:05:01/device-number'), '1');
  t.equal(ask('/latest/user-data'), 'text');
  t.equal(ask('/latest/meta-data/instance-id'), instanceId('lab', 'buddha'));
  t.not(instanceId('lab', 'buddha'), instanceId('other', 'buddha'));
  t.end();
});

void t.test('what there is not', (t) => {
  for (const path of ['/latest/meta-data/ami-id', '/1.0/', '/latest/meta-data/constructor', '/latest/user-data/x'])
    t.equal(ask(path), '404', path);
  t.equal(ask('/latest/user-data', {}, machine({ userData: undefined })), '404');
  t.equal(ask('/latest/meta-data/public-ipv4', {}, machine({ interfaces: machine().interfaces.slice(1) })), '404');
  t.equal(ask('/latest/', { method: 'POST' }), '405');
  t.equal(ask('/latest/api/token'), '405', 'by PUT alone');
  t.end();
});

void t.test('tokens: of this machine, for as long as was asked', (t) => {
  const want = (seconds: string, more = {}): string =>
    ask('/latest/api/token', {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': seconds, ...more },
    });
  for (const seconds of ['0', '21601', '1.5', '', 'x']) t.equal(want(seconds), '400', seconds);
  t.equal(want('60', { 'x-forwarded-for': '10.0.0.1' }), '403');
  const token = want('60');
  const using = (own: Machine): string =>
    ask('/latest/meta-data/hostname', { headers: { 'x-aws-ec2-metadata-token': token } }, own);
  const strict = machine({ tokens: 'required' });
  t.equal(ask('/latest/meta-data/hostname', {}, strict), '401');
  t.equal(using(strict), 'buddha');
  t.equal(using(machine({ stand: '169.254.9.2' })), '401', 'of another machine');
  clock += 60_000;
  t.equal(using(machine()), '401', 'its time is over, and a bad one is worse than none');
  const [oldest, ...others] = Array.from({ length: 257 }, () => want('60'));
  t.equal(tokens.valid('169.254.9.1', oldest ?? ''), false);
  t.equal(tokens.valid('169.254.9.1', others[0] ?? ''), true);
  t.end();
});
