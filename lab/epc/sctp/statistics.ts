/** What an association counts, gathered from its parts. */
import type { Core } from './core.ts';
import type { Statistics } from './types.ts';

export const statisticsOf = ({
  state,
  sent,
  user,
  packetsReceived,
  transfer,
  heartbeat,
  restarts,
  path,
}: Core): Statistics => {
  const { inbound, outbound, timeouts = 0 } = transfer ?? {};
  return {
    state,
    ...sent,
    messagesReceived: user.messagesReceived,
    octetsReceived: user.octetsReceived,
    packetsReceived,
    chunksSent: outbound?.chunksSent ?? 0,
    retransmissions: outbound?.retransmissions ?? 0,
    fastRetransmissions: outbound?.fastRetransmissions ?? 0,
    timeouts,
    duplicatesReceived: inbound?.duplicatesSeen ?? 0,
    heartbeatsSent: heartbeat.sent,
    heartbeatsAnswered: heartbeat.answered,
    restarts,
    srtt: path.srtt,
    rto: path.rto,
    cwnd: path.cwnd,
    flight: outbound?.flight ?? 0,
    peerWindow: outbound?.window ?? 0,
  };
};
