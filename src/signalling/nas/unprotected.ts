/**
 * The messages that may come without integrity protection (3GPP TS 24.301, 4.4.4.2 and 4.4.4.3): those that are needed
 * before there are keys, or after they were lost. Once a secure exchange of messages has been established, the others are
 * discarded without it, and so are most of these.
 */
import type { Direction, NasKind } from './message.ts';

const acceptable: Readonly<Record<Direction, ReadonlySet<NasKind>>> = {
  downlink: new Set([
    'identity-request',
    'authentication-request',
    'authentication-reject',
    'attach-reject',
    'detach-accept',
    'tracking-area-update-reject',
    'service-reject',
  ]),
  uplink: new Set([
    'attach-request',
    'identity-response',
    'authentication-response',
    'authentication-failure',
    'security-mode-reject',
    'detach-request',
    'detach-accept',
    'tracking-area-update-request',
  ]),
};

/**
 * Whether a receiver without a security context may act on a message that is not protected. Of an IDENTITY REQUEST this
 * is true only for the IMSI, of the three rejects not for cause 25.
 */
export const acceptableUnprotected = (kind: NasKind, direction: Direction): boolean => acceptable[direction].has(kind);
