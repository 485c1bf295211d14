/** Keys and algorithms (TS 36.413, 9.2.1.26, 9.2.1.40, 9.2.1.41). */
import { bits, extensible, integer, octetBits, sequence } from '../asn1/per.ts';
import { iEExtensions } from './container.ts';

/** KeNB: 256 bits (TS 33.401, A.3). */
export const SecurityKey = octetBits(256);

/** Bit masks, the first bit for 128-EEA1 or 128-EIA1: the null algorithms have none (values.ts makes them). */
export const UESecurityCapabilities = sequence({
  encryptionAlgorithms: bits(16, '...'),
  integrityProtectionAlgorithms: bits(16, '...'),
  ...iEExtensions,
  ...extensible,
});

/** The next hop of the chain of keys, for handover (TS 33.401, 7.2.8). */
export const SecurityContext = sequence({
  nextHopChainingCount: integer(0, 7),
  nextHopParameter: SecurityKey,
  ...iEExtensions,
  ...extensible,
});
