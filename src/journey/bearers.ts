/**
 * The GTP-U tunnels of an LTE network as rewrites: which TEIDs each node takes and which it puts into packets, of whose
 * bearer they are, who allocated them, and which message told them. All of it is what the functions say of themselves
 * (core.ts).
 */
import type { Rewrite } from '../fragment/fragment.ts';
import { type Core, otherEnd, type TunnelEnd } from './core.ts';
import { hex } from './stack.ts';

const interfaceNames: Readonly<Partial<Record<TunnelEnd['name'], string>>> = { 'S1-U': 'S1-U', 'S5-U': 'S5/S8-U' };

/** `S1-U bearer 5 of phone1 (IMSI 460000000000001, QCI 9, APN cmnet)`. */
const bearerText = ({ phones }: Core, name: string, { imsi, ebi }: TunnelEnd): string => {
  const phone = phones.find((one) => imsi !== undefined && one.imsi === imsi);
  const facts = [
    ...(imsi === undefined || phone?.node === undefined ? [] : [`IMSI ${imsi}`]),
    ...(phone?.qci === undefined ? [] : [`QCI ${phone.qci}`]),
    ...(phone?.apn === undefined ? [] : [`APN ${phone.apn}`]),
  ];
  const of = phone?.node ?? imsi ?? 'a phone that nobody names';
  return `${name} bearer ${ebi ?? ''} of ${of}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
};

/** `TEID 0x13003 allocated by sgw, told to enb1 in InitialContextSetupRequest`. */
const originText = (teid: number, owner: string, user: string, learntFrom: string | undefined): string =>
  `TEID ${hex(teid)} allocated by ${owner}${learntFrom === undefined ? '' : `, told to ${user} in ${learntFrom}`}`;

/** The tunnels that nodes hold, as rewrites of theirs. Ends without another end, as of an idle phone, are left out. */
export const bearerRewrites = (core: Core): Rewrite[] =>
  core.ends.flatMap((end): Rewrite[] => {
    const { node, local, remote, peer, learntFrom } = end;
    const name = interfaceNames[end.name];
    if (name === undefined || remote === undefined || peer === undefined) return [];
    const owner = core.owners(peer)[0] ?? peer;
    const back = otherEnd(core, end);
    const rewrite = { rewrite: 'gtpu', node, peer, note: bearerText(core, name, end) } as const;
    return [
      {
        ...{ ...rewrite, teid: local, direction: 'in' },
        origin: originText(local, node, owner, back?.remote === local ? back.learntFrom : undefined),
      },
      { ...rewrite, teid: remote, direction: 'out', origin: originText(remote, owner, node, learntFrom) },
    ];
  });
