/** What the engine tells while it works: typed events, which the CLI shows as progress, plain lines or JSON. */

export type Event =
  | { readonly event: 'waiting'; readonly lab: string; readonly holder: string }
  | {
      readonly event: 'plan';
      readonly lab: string;
      readonly nodes: number;
      readonly links: number;
      readonly operations: number;
      readonly missing: number;
    }
  | { readonly event: 'remake'; readonly node: string; readonly reason: string }
  | { readonly event: 'stage-start'; readonly stage: string; readonly operations: number }
  | { readonly event: 'stage-end'; readonly stage: string; readonly operations: number; readonly seconds: number }
  | {
      readonly event: 'probe';
      readonly node: string;
      readonly name: string;
      readonly seconds: number;
      readonly done: number;
      readonly of: number;
    }
  | { readonly event: 'note'; readonly text: string }
  | { readonly event: 'down'; readonly what: string; readonly count: number; readonly seconds: number }
  | {
      readonly event: 'done';
      readonly lab: string;
      readonly verb: string;
      readonly seconds: number;
      readonly changed: boolean;
    };

export type Listener = (event: Event) => void;

/** Seconds since `start`, a value of performance.now(), to the millisecond. */
export const secondsSince = (start: number): number => Math.round(performance.now() - start) / 1000;
