/** 东土大唐: the phone and the carrier's core. Address, keys and tunnels are nowhere here: signalling makes them. */
import type { Part } from './part.ts';

/** Prefix from which the PGW gives addresses, and the one public address that the carrier's NAT gives them. */
const [pool, shared] = ['10.45.0.0/16', '198.51.100.1'];
/** A tunnel adds 36 octets to a packet of 1500. */
const mtu = 1600;

const core = (role: string, title: string) => ({ kind: 'host', title, gateway: 'none', epc: { role } });

export const east: Part = {
  nodes: {
    phone: { kind: 'host', title: '玄奘 · the phone', trust: true, epc: { role: 'ue' } },
    enb: core('enodeb', '长安 · eNodeB'),
    mme: core('mme', '朝廷 · MME'),
    hss: core('hss', '户部 · HSS'),
    ocs: core('ocs', '国库 · OCS'),
    sgw: core('sgw', '巩州 · serving gateway'),
    pgw: {
      kind: 'gateway',
      title: '河州卫 · packet gateway',
      gateway: '10.10.3.2',
      epc: { role: 'pgw', pools: { cmnet: pool } },
    },
    post: { kind: 'switch', title: '驿道 · signalling network' },
    nat: {
      kind: 'gateway',
      title: '两界山 · carrier NAT',
      gateway: '198.51.100.2',
      routes: [{ to: pool, via: '10.10.3.1' }],
      nat: { snat: [{ from: pool, out: 'a1', to: shared }] },
    },
  },
  links: [
    ['phone', 'enb:radio'],
    { endpoints: ['enb:s1u', 'sgw:s1u'], prefix4: '10.10.1.0/30', mtu },
    { endpoints: ['sgw:s5', 'pgw:s5'], prefix4: '10.10.2.0/30', mtu },
    { endpoints: ['mme:sig', 'post'], prefix4: '10.10.9.0/24' },
    ['hss:sig', 'post'],
    ['ocs:sig', 'post'],
    ['enb:s1mme', 'post'],
    ['sgw:s11', 'post'],
    ['pgw:gy', 'post'],
    { endpoints: ['pgw:sgi', 'nat:in'], prefix4: '10.10.3.0/30' },
    { endpoints: ['nat', 'a1'], prefix4: '198.51.100.0/30' },
  ],
};
