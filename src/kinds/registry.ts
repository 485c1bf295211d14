/** Every kind of node, one line each. */
import type { AnyKind } from '../fragment/definition.ts';
import { gateway } from './gateway.ts';
import { host } from './host.ts';
import { hypervisor } from './hypervisor/index.ts';
import { router } from './router.ts';
import { stack } from './stack/index.ts';
import { switchKind } from './switch/index.ts';

export const kinds: readonly AnyKind[] = [host, switchKind, router, gateway, stack, hypervisor];
