/**
 * Conversations between machines of a lab: held open while something happens to the lab, and begun all the time. Both are
 * small programs in the nodes; what they found comes back as data.
 */
import { execa } from 'execa';

/** Opens connections, says so, and when it is told to asks each one for a page; prints how each fared. */
const holder = `
import json, socket, sys
address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
held = [socket.create_connection((address, port), 20) for _ in range(count)]
print(json.dumps([one.getsockname()[1] for one in held]), flush=True)
def ask(one):
    one.settimeout(float(sys.argv[4]))
    try:
        one.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
        return one.recv(12).endswith(b' 200')
    except OSError:
        return False
while sys.stdin.readline():
    import concurrent.futures
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        print(json.dumps(list(pool.map(ask, held))), flush=True)
`;

/** Begins a connection every so often until it is told to stop; prints when those were begun that took long, or came to nothing. */
const beginner = `
import json, select, socket, sys, threading, time
address, port = sys.argv[1], int(sys.argv[2])
results, threads = [], []
def attempt():
    began = time.time()
    try:
        socket.create_connection((address, port), 10).close()
        results.append((began, time.time() - began))
    except OSError:
        results.append((began, None))
while not select.select([sys.stdin], [], [], 0.05)[0]:
    thread = threading.Thread(target=attempt)
    thread.start()
    threads.append(thread)
for thread in threads: thread.join()
print(json.dumps({
    'begun': len(results),
    'failed': sorted(began for began, took in results if took is None),
    'slow': sorted(began for began, took in results if took is not None and took > 0.5),
}))
`;

const run = (namespace: string, program: string, ...argv: string[]) =>
  execa('ip', ['netns', 'exec', namespace, 'python3', '-u', '-c', program, ...argv], {
    stdin: 'pipe',
    reject: false,
    timeout: 120_000,
  });

export interface Held {
  /** The local port of each connection. */
  readonly ports: readonly number[];
  /** Asks each connection for a page; whether it came. Each can be asked once. */
  readonly ask: () => Promise<readonly boolean[]>;
  readonly end: () => Promise<unknown>;
}

/**
 * Connections to a web server, open and silent.
 *
 * @param patience seconds that each may take to answer
 */
export const hold = async (
  namespace: string,
  address: string,
  count: number,
  patience: number,
  port = 80,
): Promise<Held> => {
  const child = run(namespace, holder, address, String(port), String(count), String(patience));
  const lines = child[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`the conversations of ${namespace} ended: ${(await child).stderr}`);
    return JSON.parse(value) as T;
  };
  const ports = await next<number[]>();
  return {
    ports,
    ask: () => {
      child.stdin?.write('\n');
      return next<boolean[]>();
    },
    end: () => {
      child.stdin?.end();
      return child;
    },
  };
};

export interface Begun {
  readonly begun: number;
  /** When those that came to nothing within ten seconds were begun, in milliseconds since the epoch. */
  readonly failed: readonly number[];
  /** When those were begun whose first packet was lost: TCP sends it again after a second (RFC 6298, 2). */
  readonly slow: readonly number[];
}

/** New connections, twenty in a second, until `stop`. */
export const begin = (namespace: string, address: string, port = 80): { readonly stop: () => Promise<Begun> } => {
  const child = run(namespace, beginner, address, String(port));
  return {
    stop: async () => {
      child.stdin?.end();
      const { stdout, stderr } = await child;
      if (stdout === '') throw new Error(stderr);
      const { begun, failed, slow } = JSON.parse(stdout) as Begun;
      const milliseconds = (times: readonly number[]): number[] => times.map((seconds) => seconds * 1000);
      return { begun, failed: milliseconds(failed), slow: milliseconds(slow) };
    },
  };
};
