/** The LTE network: its user plane under load. */
import { mobileTraffic } from './mobile-traffic.ts';
import type { Row } from './report.ts';
import type { Workspace } from './workspace.ts';

/** Measures all of it. */
export const mobile = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => [
  ...(await mobileTraffic(work, progress)),
];
