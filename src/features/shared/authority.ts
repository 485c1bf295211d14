/** Which nodes hold the certificate of the lab's own CA, and where. */
import type { Node } from '../../topology/topology.ts';

/** Where programs find the CA's certificate: `curl --cacert /etc/xiyou/ca.crt …`. */
export const authorityPath = '/etc/xiyou/ca.crt';

/** A node holds it when it says `trust: true`, or when something it runs checks or serves certificates. */
export const trustsAuthority = (node: Node): boolean =>
  node.settings['trust'] === true || 'https' in node.features || 'haproxy' in node.features;
