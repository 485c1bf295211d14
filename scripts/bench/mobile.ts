/** The LTE network: its user plane under load, and its phones as they attach. */
import { attaches } from './mobile-attach.ts';
import { mobileTraffic } from './mobile-traffic.ts';
import type { Row } from './report.ts';
import type { Workspace } from './workspace.ts';

/** Measures all of it. */
export const mobile = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => [
  ...(await mobileTraffic(work, progress)),
  ...(await attaches(work, progress)),
];
