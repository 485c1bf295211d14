/** Questions to a running node, as data: what a probe asks, and what a command waits for. */

export type Question =
  /** Run a command; its output, parsed as JSON, must contain `json` (subset match), or the text must include `text`. */
  | {
      readonly ask: 'command';
      readonly argv: readonly string[];
      readonly json?: unknown;
      readonly text?: string | undefined;
    }
  /** A show command of one FRR daemon of the node, asked over its vty socket; `json` and `text` as above. */
  | {
      readonly ask: 'vty';
      readonly daemon: string;
      readonly command: string;
      readonly json?: unknown;
      readonly text?: string | undefined;
    }
  /** A file of the node is there; with `json`, its content, parsed, contains that (subset match). Starts no process. */
  | { readonly ask: 'file'; readonly path: string; readonly json?: unknown }
  /**
   * An FRR daemon of the node answers, and took every line of its configuration file. `origin` says for each line of
   * that file which file and line of the person's it came from; `refused` whether a line that FRR does not take is an
   * error there, or only told.
   */
  | {
      readonly ask: 'accepted';
      readonly daemon: string;
      readonly refused: 'error' | 'note';
      readonly origin: readonly (readonly [string, number])[];
    }
  /** A TCP connection to the address and port succeeds from inside the node. */
  | { readonly ask: 'tcp'; readonly address: string; readonly port: number }
  /** The kernel of the node has a route to each of these prefixes, in its main table. */
  | { readonly ask: 'routes'; readonly to: readonly string[] }
  /** The kernel of the node has a route that a routing protocol brought. */
  | { readonly ask: 'learnt' };
