/**
 * `npm run lab`: the first journey from nothing. Brings the flagship up, places one order from the phone with curl over
 * HTTPS, prints the story and the passport of the order's packet, and says what to try next. Run it again for the next order.
 * What is written behind it goes to `up`: `npm run lab -- -p regions=1`.
 */
import path from 'node:path';
import { $ } from 'zx';
import { loadTopology } from '../src/engine/load.ts';
import { projectDirectory } from '../src/engine/paths.ts';

const { topology } = await loadTopology('journey');
const xiyou = path.join(projectDirectory, 'src/cli/main.ts');
const run = (...words: string[]) => $({ stdio: 'inherit', nothrow: true })`${process.execPath} ${xiyou} ${words}`;

const next = `
The lab is up and stays up. Try:
  npx xiyou shell phone                       be the phone; in it: curl --cacert /etc/xiyou/ca.crt https://www.geektime.com/healthz
  npx xiyou exec phone -- ue status           how the phone is attached; ue off, ue on
  npx xiyou trace journey                     another order, another passport; add --json, or -w order.pcapng
  npx xiyou trace journey -- ping -c 1 10.45.0.1
  npx xiyou capture pgw nat c1                tcpdump on any hop, several at once; -w - | wireshark -k -i -
  npx xiyou why a2 203.0.113.10               why the order goes round the forbidden kingdom, though the way through it is shorter
  npx xiyou trace journey --from trader -- curl -s --cacert /etc/xiyou/ca.crt https://www.geektime.com/healthz
                                              a merchant of Tang B goes straight through it
  npx xiyou link c1 c2 down                   cut the transit: only the kingdom is left, and from there no answer comes; link c1 c2 up
  npx xiyou ps                                what runs where
  npm run lab:down                            leave the machine as it was`;

process.stdout.write(`\n${topology.title ?? topology.name}\n\n${topology.story ?? ''}\n`);
const up = await run('up', 'journey', ...process.argv.slice(2));
if (up.exitCode === 0) {
  const traced = await run('trace', 'journey');
  process.exitCode = traced.exitCode ?? 1;
  process.stdout.write(`${next}\n`);
} else process.exitCode = up.exitCode ?? 1;
