import t from 'tap';
import type { FlowsOperation } from '../../../src/fragment/operation.ts';
import { flowsArguments, flowsText, render } from '../../../src/plan/render.ts';

const flows: FlowsOperation = { op: 'flows', node: 'hv1', bridge: 'br-int', flows: ['table=0,actions=group:1'] };
const groups = ['group_id=1,type=select,bucket=actions=output:1,bucket=actions=output:2'];

void t.test('flows alone replace what differs, and leave the rest with its counters', (t) => {
  t.strictSame(flowsArguments(flows), ['ovs-ofctl', '-O', 'OpenFlow15', '--bundle', 'replace-flows', 'br-int', '-']);
  t.equal(flowsText(flows), 'table=0,actions=group:1');
  t.end();
});

void t.test('flows and groups are one bundle, in which each group stands before the flows that use it', (t) => {
  t.strictSame(flowsArguments({ ...flows, groups }), ['ovs-ofctl', '-O', 'OpenFlow15', 'bundle', 'br-int', '-']);
  t.strictSame(flowsText({ ...flows, groups }).split('\n'), [
    'group delete',
    'flow delete',
    'group add group_id=1,type=select,bucket=actions=output:1,bucket=actions=output:2',
    'flow add table=0,actions=group:1',
  ]);
  t.end();
});

void t.test('the printed command is the one that is run', (t) => {
  const [printed = ''] = render({ ...flows, groups }, 'lab');
  t.ok(
    printed.startsWith("ip netns exec lab-hv1 ovs-ofctl -O OpenFlow15 bundle br-int - <<'END'\ngroup delete\n"),
    printed,
  );
  t.end();
});
