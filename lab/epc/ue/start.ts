/** A phone in its node: EMM and RRC joined to the radio link, to the interface, and to the person at the control socket. */
import { randomInt } from 'node:crypto';
import { Usim } from '../../../src/signalling/aka/usim.ts';
import { ControlError, type Start } from '../functions.ts';
import { capabilityOf } from '../../../src/signalling/nas/capability.ts';
import { emmCauseName } from '../../../src/signalling/nas/cause.ts';
import { openRadioLink } from '../radio.ts';
import { ueConfig } from './config.ts';
import { Emm } from './emm.ts';
import { phoneInterface } from './interface.ts';
import { Rrc } from './rrc.ts';
import type { Bearer, UeEvent } from './types.ts';
import { openUplink } from './uplink.ts';

/** A name for a phone that has none: 40 random bits. */
const random40 = (): number => randomInt(2 ** 40);

/** Milliseconds after which the network will not move the phone any more: its eNodeB has given up (TS1RELOCprep twice). */
const HANDOVER_LIMIT = 11_000;

type Answer = Readonly<Record<string, unknown>>;

export const start: Start = async (field, { clock, changed, log, warn }) => {
  const config = ueConfig(field);
  const { imsi, k, opc, plmn, apn, radio } = config;
  const device = phoneInterface(config.interface, radio.local, config.resolv, config.gateway);
  const uplink = openUplink(device.index, () => emm.service('mo-Data'));
  const waiting = new Set<(event: UeEvent) => void>();
  let attachedIn: number | undefined;
  let lastRefusal: Extract<UeEvent, { kind: 'refused' }> | undefined;

  const told = (event: UeEvent): void => {
    switch (event.kind) {
      case 'attached':
        attachedIn = event.milliseconds;
        lastRefusal = undefined;
        log(`UE: attached in ${event.milliseconds.toFixed(0)} ms, address ${event.bearer.address}`);
        try {
          device.configure(event.bearer, rrc.cell ?? '');
        } catch (error) {
          warn(error);
        }
        break;
      case 'refused':
        lastRefusal = event;
        log(`UE: ${event.error}`);
        break;
      case 'served':
        break;
      case 'moved':
        log(`UE: ${event.cell} serves the phone after ${event.milliseconds.toFixed(1)} ms`);
        break;
      case 'detached':
        attachedIn = undefined;
        log(`UE: detached by the ${event.by}${event.cause === undefined ? '' : `: ${emmCauseName(event.cause)}`}`);
        uplink.drop();
        device.clear();
        break;
    }
    for (const listener of waiting) listener(event);
    changed();
  };

  /** The next hop is the serving cell. */
  const follow = (): void => {
    try {
      if (rrc.cell === undefined) return;
      device.follow(rrc.cell);
      uplink.flush(device.macOf(rrc.cell));
    } catch (error) {
      warn(error);
    }
  };

  /** Without a connection, but attached: what the phone has to send makes one. */
  const rest = (): void => {
    if (emm.bearer !== undefined && emm.state === 'registered' && rrc.state === 'idle')
      uplink.watch(emm.bearer.address);
  };

  const link = await openRadioLink({
    local: radio.local,
    listensTo: 'downlink',
    log,
    receive: (from, air) => rrc.receive(from, air),
  });
  const rrc: Rrc = new Rrc({
    clock,
    random: random40,
    cells: radio.cells,
    transmit: link.send,
    upper: {
      deliver: (nas) => emm.receive(nas),
      failed: (reason) => emm.connectionFailed(reason),
      released: () => {
        emm.released();
        rest();
      },
      bearersSetUp: () => {
        follow();
        emm.bearersSetUp();
      },
      moved: (cell, milliseconds) => {
        follow();
        told({ kind: 'moved', cell, milliseconds });
      },
      lost: () => {
        rest();
        emm.connectionLost();
      },
      paged: (mmec, mTmsi) => emm.paged(mmec, mTmsi),
    },
  });
  const emm: Emm = new Emm({
    clock,
    lower: rrc,
    usim: new Usim({ k, opc }),
    imsi,
    plmn,
    apn,
    capability: capabilityOf([0, 1, 2], [1, 2]),
    told,
    log,
  });

  /** The first event after an action that is about the registration. The action may cause it at once. */
  const after = (action: () => void): Promise<Exclude<UeEvent, { kind: 'moved' }>> =>
    new Promise((resolve) => {
      const listener = (event: UeEvent): void => {
        if (event.kind === 'moved') return;
        waiting.delete(listener);
        resolve(event);
      };
      waiting.add(listener);
      action();
    });

  const attached = (bearer: Bearer): Answer => ({ milliseconds: attachedIn, ...bearer });

  /** Asks for service. A network that does not know the phone any more has it attach anew, which it does by itself. */
  const wake = async (): Promise<UeEvent> => {
    const event = await after(() => emm.service('mo-Data'));
    return event.kind === 'detached' ? after(() => undefined) : event;
  };

  const switchOn = async (): Promise<Answer> => {
    const idle = emm.bearer !== undefined && rrc.state === 'idle';
    if (emm.bearer !== undefined && !idle) return { ...attached(emm.bearer), already: true };
    const event = idle ? await wake() : await after(() => emm.on());
    if (event.kind === 'served' && emm.bearer !== undefined) return attached(emm.bearer);
    if (event.kind === 'attached') return attached(event.bearer);
    if (event.kind === 'refused') throw new ControlError(event.error, event.cause);
    throw new ControlError('the phone was switched off meanwhile');
  };
  const leave = async (action: () => void): Promise<Answer> => {
    const address = emm.bearer?.address;
    if (address === undefined) {
      action();
      return { already: true };
    }
    const event = await after(action);
    return { address, by: event.kind === 'detached' ? event.by : 'network' };
  };

  /** The first event, unless none comes in time. */
  const within = (milliseconds: number): Promise<UeEvent | undefined> =>
    new Promise((resolve) => {
      const listener = (event?: UeEvent): void => {
        waiting.delete(listener);
        cancel();
        resolve(event);
      };
      const cancel = clock.after(milliseconds, listener);
      waiting.add(listener);
    });

  /** A cell as people call it: the name of its eNodeB and the address, or the address alone. */
  const called = (address: string | undefined): string | undefined => {
    const name = radio.cells.find(({ enodeb }) => enodeb === address)?.name;
    return name === undefined ? address : `${name} (${address})`;
  };

  /** The phone hears another cell best: an idle one camps there, a connected one is moved by its eNodeB, or is not. */
  const move = async (name: unknown): Promise<Answer> => {
    const cell = radio.cells.find((one) => one.name === name || one.enodeb === name);
    if (cell === undefined) throw new ControlError(`the phone hears no cell ${String(name)}`);
    if (rrc.cell === cell.enodeb) return { cell: called(cell.enodeb), already: true };
    if (!rrc.hear(cell)) return { cell: called(cell.enodeb) };
    const event = await within(HANDOVER_LIMIT);
    if (event?.kind === 'moved') return { cell: called(event.cell), milliseconds: event.milliseconds };
    if (event === undefined) throw new ControlError(`the network leaves the phone at ${called(rrc.cell) ?? 'no cell'}`);
    if (event.kind === 'refused') throw new ControlError(event.error);
    const where = event.kind === 'served' ? `is at ${called(rrc.cell) ?? 'no cell'}` : 'is not attached any more';
    throw new ControlError(`the phone lost its connection on the way, and ${where}`);
  };

  if (config.on) emm.on();
  return {
    status: () => ({
      imsi,
      state: emm.state,
      radio: rrc.state,
      enodeb: called(rrc.cell),
      milliseconds: attachedIn,
      bearer: emm.bearer,
      guti: emm.guti,
      security: emm.security.context && {
        keySet: emm.security.keySet,
        eea: emm.security.context.eea,
        eia: emm.security.context.eia,
        counts: emm.security.context.nextCounts,
      },
      refusal: lastRefusal && { error: lastRefusal.error, cause: lastRefusal.cause },
    }),
    control: (request) => {
      switch (request.do) {
        case 'on':
          return switchOn();
        case 'off':
          return leave(() => emm.off());
        case 'detach':
          return leave(() => emm.detach());
        case 'move':
          return move(request['cell']);
        case 'service':
          emm.service();
          return { state: emm.state };
        default:
          return undefined;
      }
    },
    stop: async () => {
      emm.off();
      await link.close();
    },
  };
};
