/** A base station in its node: the machine joined to the radio link, to SCTP, and to the threads of the user plane. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { dataPathChoice, type Tunnel } from '../../gtp/config.ts';
import { startPlane } from '../../gtp/plane.ts';
import { ControlError, isListOfText, type Start } from '../functions.ts';
import { teids } from '../numbers.ts';
import { openRadioLink } from '../radio.ts';
import {
  decodeS1ap,
  describeS1ap,
  encodeS1ap,
  S1AP_PORT,
  S1AP_PPID,
  S1apError,
  type S1apPdu,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { attemptParameters } from '../sctp/parameters.ts';
import { connect, describeClose, type SctpAssociation } from '../sctp/sctp.ts';
import { enodebConfig } from './config.ts';
import type { Packets } from './context.ts';
import { Enodeb } from './enodeb.ts';
import type { UserPlane } from './station.ts';

/** Milliseconds between attempts to reach the MME. */
const RECONNECT = 100;
/**
 * Milliseconds of silence on S1 after which the MME is asked whether it is still there: one that was started anew knows
 * nothing of the association, and says so (RFC 9260, 8.4). The RFC's 30 s are long for a lab.
 */
const HEARTBEAT = 2000;
/** Stream 0 is for the interface itself, the others for phones (TS 36.412, 7). */
const INTERFACE_STREAM = 0;

/** TEIDs of an eNodeB look like nobody else's (numbers.ts): SGW and PGW have kinds 1 to 6. */
const TEID_KIND = 7;

/** The broadcast address of the link that an own address is on. */
const broadcastOf = (device: string, local: string): string => {
  const own = os.networkInterfaces()[device]?.find(({ address }) => address === local);
  if (own === undefined) throw new Error(`${device} does not have the address ${local}`);
  const mask = own.netmask.split('.').map(Number);
  return local
    .split('.')
    .map((part, index) => Number(part) | (~(mask[index] ?? 255) & 255))
    .join('.');
};

/**
 * The MAC address of a phone: the kernel has learnt it, because it has talked to the phone. proc(5): the columns of
 * /proc/net/arp are address, type, flags, MAC, mask, device; flag 2 says that the entry is complete.
 */
const macOf = (phone: string, device: string): string | undefined => {
  const entries = readFileSync('/proc/net/arp', 'utf8').split('\n').slice(1);
  const entry = entries
    .map((line) => line.split(/\s+/u))
    .find(([address, , , , , dev]) => address === phone && dev === device);
  return entry === undefined || (Number(entry[2]) & 2) === 0 ? undefined : entry[3];
};

export const start: Start = async (field, { clock, log, restarts, warn }) => {
  const config = enodebConfig(field);
  const { radio, s1mme, s1u } = config;
  const dataPath = dataPathChoice(field);
  const plane = await startPlane({ role: 'cell', local: s1u.local, radio: radio.interface, dataPath }, (event) => {
    log(`GTP-U: ${event.peer} does not know TEID 0x${event.teid.toString(16)}`);
    enodeb.tunnelLost(event);
  });

  /** What was installed, and what its place had carried for others before. */
  const installed = new Map<number, Packets & { readonly core: Tunnel }>();
  const counts = (handle: number): Packets => ({
    up: plane.count(handle, 'up').packets,
    down: plane.count(handle, 'down').packets,
  });
  const userPlane: UserPlane = {
    install: (phone, core) => {
      const mac = macOf(phone, radio.interface);
      if (mac === undefined) {
        log(`GTP-U: the MAC address of ${phone} is not known`);
        return undefined;
      }
      log(
        `GTP-U: phone ${phone} (${mac}): TEID 0x${core.teidIn.toString(16)}, to ${core.peer} TEID 0x${core.teidOut.toString(16)}`,
      );
      const handle = plane.install({ mac, core });
      const { up, down } = counts(handle);
      installed.set(handle, { core, up, down });
      return handle;
    },
    remove: (handle) => {
      installed.delete(handle);
      plane.remove(handle);
    },
    mute: (handle) => plane.replace(handle, { core: installed.get(handle)?.core }),
    carried: (handle) => {
      const { up, down } = counts(handle);
      const before = installed.get(handle) ?? { up, down };
      return { up: up - before.up, down: down - before.down };
    },
  };

  const everybody = broadcastOf(radio.interface, radio.local);
  const link = await openRadioLink({
    local: radio.local,
    listensTo: 'uplink',
    log,
    receive: (phone, message) => enodeb.fromPhone(phone, message),
  });
  let association: SctpAssociation | undefined;

  const toMme = (pdu: S1apPdu): void => {
    log(`S1AP > ${describeS1ap(pdu)}`);
    if (association?.state !== 'established') return;
    const id = pdu.name === 'unknown' ? undefined : (pdu.ies as { 'eNB-UE-S1AP-ID'?: number })['eNB-UE-S1AP-ID'];
    const phones = association.streams.outbound - 1;
    const stream = id === undefined || phones < 1 ? INTERFACE_STREAM : 1 + (id % phones);
    association.send(stream, S1AP_PPID, encodeS1ap(pdu));
  };
  const enodeb: Enodeb = new Enodeb({
    config,
    clock,
    firstTeid: teids(restarts, TEID_KIND).take(),
    toMme,
    toPhone: link.send,
    broadcast: (message) => link.send(everybody, message),
    userPlane,
    log,
  });

  const take = (octets: Uint8Array): void => {
    try {
      const pdu = decodeS1ap(octets);
      log(`S1AP < ${describeS1ap(pdu)}`);
      enodeb.fromMme(pdu);
    } catch (error) {
      if (!(error instanceof S1apError)) throw error;
      log(`S1AP < not understood: ${error.message}`);
      enodeb.notUnderstood(error);
    }
  };

  let stopped = false;
  let attempts = 0;
  /** What was said last about the MME, so that it is not said every second. */
  let said = '';
  const reach = async (): Promise<void> => {
    try {
      association = await connect({
        local: s1mme.local,
        remote: s1mme.mme,
        port: S1AP_PORT,
        parameters: { ...attemptParameters(attempts), heartbeatInterval: HEARTBEAT },
      });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== said) log(`S1: ${text}`);
      said = text;
      attempts += 1;
      if (!stopped) clock.after(RECONNECT, () => void reach().catch(warn));
      return;
    }
    said = '';
    attempts = 0;
    log(`S1: associated with ${s1mme.mme}`);
    association.onMessage(({ bytes }) => take(bytes));
    association.onRestart(() => {
      log('S1: the MME has restarted');
      enodeb.disassociated();
      enodeb.associated();
    });
    association.onClose((reason) => {
      log(`S1: the MME ${describeClose(reason)}`);
      association = undefined;
      enodeb.disassociated();
      if (!stopped) clock.after(RECONNECT, () => void reach().catch(warn));
    });
    enodeb.associated();
  };
  void reach().catch(warn);

  return {
    status: () => {
      const { sessions, events, dataPath } = plane.status();
      return {
        name: config.name,
        id: config.id,
        cell: config.cell,
        s1: enodeb.s1,
        mme: enodeb.mme,
        dataPath,
        phones: enodeb.contexts.map(({ phone, enbId, mmeId, bearers }) => ({
          phone,
          enbId,
          mmeId,
          bearers: [...bearers.values()].map(({ handle: _, ...bearer }) => {
            const session = sessions.find(({ core }) => core?.teidIn === bearer.teidIn);
            return { ...bearer, mac: session?.mac, up: session?.up, down: session?.down };
          }),
        })),
        events,
      };
    },
    control: async (request) => {
      if (request.do === 'reset') {
        const { phones } = request;
        if (phones !== undefined && !isListOfText(phones)) throw new ControlError('expected "phones" to be addresses');
        const connections = await enodeb.reset(phones);
        if (connections === false) throw new ControlError('the MME has not acknowledged the Reset');
        return { connections };
      }
      if (request.do === 'handover') {
        const { phone, target } = request;
        if (typeof phone !== 'string' || typeof target !== 'string')
          throw new ControlError('expected "phone" (its address on the radio link) and "target" (a neighbour)');
        const failure = await enodeb.handOver(phone, target);
        if (failure !== undefined) throw new ControlError(failure);
        return { phone, target };
      }
      if (request.do !== 'release') return undefined;
      const { phone } = request;
      if (typeof phone !== 'string' || !enodeb.requestRelease(phone))
        throw new ControlError(`no phone ${String(phone)} is connected here`);
      return { phone };
    },
    stop: async () => {
      stopped = true;
      await association?.close();
      await link.close();
      plane.close();
    },
  };
};
