/** What of the servers' state is kept for the next HAProxy. */
import t from 'tap';
import { keptState } from '../../../src/engine/balancers.ts';

/** As HAProxy 2.6 shows it: the 6th word is the operational state, then the administrative one, the weight, the configured one. */
const line = (name: string, states: string): string =>
  `3 web 1 ${name} 10.0.0.1 ${states} 22 8 2 0 6 0 0 0 - 443 - 0 0 - - 0`;
const heading = ['1', '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight'];
const [usual, down, drained, heavier] = [
  line('usual', '2 0 1 1'),
  line('down', '0 0 1 1'),
  line('drained', '2 8 1 1'),
  line('heavier', '2 0 7 1'),
];
const shown = [...heading, usual, down, drained, heavier].join('\n');

void t.test('without a watcher only what a person has set: health is old by then', (t) => {
  t.equal(keptState(shown, false), `${[...heading, drained, heavier].join('\n')}\n`);
  t.end();
});

void t.test('with a watcher all of it', (t) => {
  t.equal(keptState(shown, true), `${shown}\n`);
  t.end();
});
