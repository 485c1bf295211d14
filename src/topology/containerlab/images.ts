/** What a container image stands for. Nodes of a lab are namespaces of this machine, with the programs of this machine. */

export type ImageRole = 'router' | 'host';

/** Images that are FRR: quay.io/frrouting/frr:10.5.1, frrouting/frr, local/my-frr. */
const router = /(?:^|[-_])frr(?:ou?ting)?(?:$|[-_])/u;

/** Images that are a plain Linux with tools. */
const host =
  /^(?:host|client|server|alpine|ubuntu|debian|busybox|fedora|centos|rockylinux|almalinux|archlinux|netshoot|iperf3?|nettools|(?:net|network|linux)-tools|linux)$|multitool|^alpine-|^ubuntu-|^debian-|-(?:host|client)$|^(?:host|client)-/u;

/** `quay.io/frrouting/frr:10.5.1@sha256:…` -> `frr`. */
export const repositoryOf = (image: string): string =>
  (image.split('@')[0] ?? '').split('/').at(-1)?.split(':')[0]?.toLowerCase() ?? '';

/** What the image makes of a node of kind linux; undefined for one that is neither FRR nor a plain Linux. */
export const roleOf = (image: string): ImageRole | undefined => {
  const repository = repositoryOf(image);
  if (router.test(repository)) return 'router';
  return host.test(repository) ? 'host' : undefined;
};
