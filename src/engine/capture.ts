/** Captures in several nodes at once, into one pcapng whose interfaces are called `node:interface`. */
import { XiyouError } from '../errors.ts';
import { captureLoop } from '../kernel/capture-loop.ts';
import { type Capture, type CaptureStatistics, openCapture } from '../kernel/capture.ts';
import type { Frame } from '../packet/layer.ts';
import { suggestion } from '../topology/suggest.ts';
import type { Lab } from './lab.ts';
import { findNode } from './state.ts';

/** `node` or `node:interface`; all nodes of the lab when the list is empty. */
export const capturePlaces = (
  lab: Lab,
  wanted: readonly string[],
): { node: string; path: string; interfaces?: string[] }[] => {
  const places = new Map<string, string[] | undefined>();
  for (const text of wanted.length === 0 ? lab.state.topology.nodes.map((node) => node.name) : wanted) {
    const [name = '', port] = text.split(':');
    const node = findNode(lab.state, name);
    if (port === undefined) places.set(node.name, undefined);
    else {
      const known = [
        'lo',
        ...node.interfaces.map((one) => one.name),
        ...lab
          .operationsOf(node.name)
          .flatMap((operation) => (operation.op === 'tun' || operation.op === 'bridge' ? [operation.name] : [])),
      ];
      if (!known.includes(port))
        throw new XiyouError('unknown-interface', `${node.name} has no interface "${port}"`, {
          hint: suggestion(port, known),
        });
      if (!places.has(node.name) || places.get(node.name) !== undefined)
        places.set(node.name, [...(places.get(node.name) ?? []), port]);
    }
  }
  return [...places].map(([node, interfaces]) => ({
    node,
    path: lab.store.pathOf(node),
    ...(interfaces === undefined ? {} : { interfaces }),
  }));
};

export interface CaptureOptions {
  readonly places: readonly string[];
  readonly snaplen?: number | undefined;
  /** Ends the capture. */
  readonly signal: AbortSignal;
}

/** Hands frames to `onFrames`, sorted by time within each hand-over, until the signal aborts; returns the kernel's counts. */
export const captureFrames = async (
  lab: Lab,
  { places, snaplen, signal }: CaptureOptions,
  onFrames: (frames: readonly Frame[]) => void,
): Promise<readonly CaptureStatistics[]> => {
  const capture: Capture = openCapture({ namespaces: capturePlaces(lab, places), snaplen });
  try {
    await captureLoop(
      capture,
      (frames) =>
        onFrames([...frames].sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0))),
      { signal },
    );
    return capture.statistics();
  } finally {
    capture.close();
  }
};
