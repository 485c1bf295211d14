/** tshark as the judge of a ladder: the names it gives to the messages of a capture file, in order. */
import { execa } from 'execa';
import type { Ladder } from '../../src/ladder/ladder.ts';

/** `<field name="..." showname="..." ... show="...">`, as `tshark -T pdml` prints it. */
const fieldPattern = /<field name="([^"]*)"(?: showname="([^"]*)")?[^>]*? show="([^"]*)"/gu;

const insideOf = (showname: string): string => showname.replace(/^[^:]*: /u, '').replace(/ \((?:0x)?[\da-f]+\)$/u, '');

/** What one packet holds, by the fields of its dissection. */
const namesIn = (packet: string): string[] => {
  const names: string[] = [];
  let expect: 'value' | 's1ap' | 'rrc' | undefined;
  let request = false;
  // A handover command holds an RRC message of another cell, which is not said on this link.
  const radio = !packet.includes('<proto name="s1ap"');
  for (const [, field = '', showname = '', show = ''] of packet.matchAll(fieldPattern)) {
    if (/^s1ap\.(?:initiatingMessage|successfulOutcome|unsuccessfulOutcome)_element$/u.test(field)) expect = 'value';
    else if (expect === 'value' && field === 's1ap.value_element') expect = 's1ap';
    else if (expect === 's1ap') {
      names.push(
        `S1AP ${field
          .replace(/^s1ap\./u, '')
          .replace(/_element$/u, '')
          .replaceAll('_', '-')}`,
      );
      expect = undefined;
    } else if (field === 'lte-rrc.BCCH_BCH_Message_element') names.push('RRC masterInformationBlock');
    else if (radio && /^lte-rrc\.\w+_Message_element$/u.test(field)) expect = 'rrc';
    else if (expect === 'rrc' && field === 'lte-rrc.c1') {
      names.push(`RRC ${insideOf(showname)}`);
      expect = undefined;
    } else if (field === 'nas_eps.nas_msg_emm_type' || field === 'nas_eps.nas_msg_esm_type')
      names.push(`NAS ${insideOf(showname)}`);
    else if (field === 'nas_eps.security_header_type' && show === '12') names.push('NAS Service request');
    else if (field === 'gtpv2.message_type')
      names.push(`GTPv2-C ${insideOf(showname).replace(/Acknowledgement$/u, 'Acknowledge')}`);
    else if (field === 'diameter.flags.request') request = show === '1' || show === 'True';
    else if (field === 'diameter.cmd.code')
      names.push(`Diameter ${insideOf(showname).replace(/^3GPP-/u, '')}-${request ? 'Request' : 'Answer'}`);
  }
  return names;
};

/** Every message in the file, its NAS messages behind it, as tshark names them. */
export const tsharkMessages = async (file: string): Promise<string[]> => {
  const { stdout } = await execa(
    'tshark',
    ['-nr', file, '-T', 'pdml', '-Y', 's1ap || diameter || gtpv2 || gsmtap', '-o', 'nas-eps.null_decipher:TRUE'],
    { maxBuffer: 1 << 30 },
  );
  return stdout.split('<packet>').slice(1).flatMap(namesIn);
};

/** The same of a ladder: repetitions, association chunks and GTP-U apart, which tshark names in its own ways. */
export const ladderMessages = ({ rungs }: Ladder): string[] =>
  rungs.flatMap(({ protocol, name, nas }) => [
    ...(protocol === 'SCTP' || protocol === 'GTP-U' || protocol === 'NAS' ? [] : [`${protocol} ${name}`]),
    ...nas.map((inside) => `NAS ${inside.name}`),
  ]);
