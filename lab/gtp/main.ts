/**
 * A node of the LTE user plane: `node lab/gtp/main.ts CONFIG`, one process inside the namespace of an eNodeB, a serving
 * gateway or a packet gateway. config.ts says what a configuration holds, plane.ts what a role opens, jobs.ts what
 * it does with packets.
 *
 * Around it the lab makes: the radio's veth pair (segmentation and checksum offload off on the phone, for the eNodeB
 * forwards frames as it gets them), core links with an MTU 36 octets above the phones' (IP 20, UDP 8, GTP-U 8), and on
 * the PGW the TUN device, which carries the phones' gateway address, with IP forwarding on.
 */
import { announceReady, fail, keepStatus } from '../daemon.ts';
import { readFields } from '../fields.ts';
import { gtpConfig } from './config.ts';
import { startPlane } from './plane.ts';

try {
  const config = gtpConfig(readFields(process.argv[2] ?? ''));
  const plane = await startPlane(config);
  keepStatus(config.status, plane.status);
  process.on('SIGTERM', () => {
    plane.close();
    // A thread in a blocking system call does not end with the process (daemon.ts), so the process is ended.
    process.kill(process.pid, 'SIGKILL');
  });
  announceReady(config.ready);
} catch (error) {
  fail(error);
}
