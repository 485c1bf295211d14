/** S1 Setup (3GPP TS 36.413, 8.7.3): an eNodeB says which tracking areas it serves, the MME which networks. */
import { decodePlmn, encodePlmn } from '../../../src/signalling/identity.ts';
import type { Tai } from '../../../src/signalling/guti.ts';
import { bigEndian, readBigEndian } from '../../../src/signalling/octets.ts';
import { type Ies, s1ap, type S1apMessage } from '../../../src/signalling/s1ap/s1ap.ts';
import type { MmeConfig } from './config.ts';
import type { Enodeb } from './enodeb.ts';

/** How much of the load this MME wants, compared with others: there are no others (TS 36.413, 9.2.3.17). */
const CAPACITY = 255;

const taisOf = (areas: Ies<'S1SetupRequest'>['SupportedTAs']): Tai[] =>
  areas.flatMap(({ tAC, broadcastPLMNs }) =>
    broadcastPLMNs.flatMap((octets) => {
      const plmn = decodePlmn(octets);
      return plmn === undefined ? [] : [{ plmn, tac: readBigEndian(tAC) }];
    }),
  );

const enbIdOf = (id: Ies<'S1SetupRequest'>['Global-ENB-ID']['eNB-ID']): number | undefined =>
  'macroENB-ID' in id ? id['macroENB-ID'] : undefined;

/** Takes the eNodeB in, or refuses one of another network; the result is the answer. */
export const setUp = (
  { name, plmn, group, code }: MmeConfig,
  enodeb: Enodeb,
  ies: Ies<'S1SetupRequest'>,
): S1apMessage<'S1SetupResponse'> | S1apMessage<'S1SetupFailure'> => {
  const own = encodePlmn(plmn);
  const tais = taisOf(ies.SupportedTAs).filter((tai) => tai.plmn.mcc === plmn.mcc && tai.plmn.mnc === plmn.mnc);
  if (tais.length === 0) return s1ap('S1SetupFailure', { Cause: { misc: 'unknown-PLMN' } });
  enodeb.tais = tais;
  enodeb.id = enbIdOf(ies['Global-ENB-ID']['eNB-ID']);
  enodeb.name = ies.eNBname ?? enodeb.address;
  return s1ap('S1SetupResponse', {
    MMEname: name,
    ServedGUMMEIs: [{ servedPLMNs: [own], servedGroupIDs: [bigEndian(group, 2)], servedMMECs: [bigEndian(code, 1)] }],
    RelativeMMECapacity: CAPACITY,
  });
};
