#!/usr/bin/env node
/**
 * Where `xiyou` begins. Node reads TypeScript by itself, but it strips the types and compiles anew in every process;
 * with its compile cache a command starts in half the time. The cache has to be on before the first module is loaded,
 * so everything else is imported from here. It is keyed by content, may be deleted at any time, and where it cannot be
 * written everything works without it.
 */
import { enableCompileCache } from 'node:module';
import path from 'node:path';

enableCompileCache(path.join(import.meta.dirname, '../../node_modules/.cache/xiyou'));
await import('./command.ts');
