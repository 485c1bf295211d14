/**
 * A region: the one description that all of them follow, of different size. From the border down: firewall, core,
 * aggregation, access (fabric.ts); in the racks hypervisors, and on those gateway, balancer and Controllers (vpc.ts).
 */
import { fabric } from './fabric.ts';
import { type Part, joined } from './part.ts';
import { type Region } from './plan.ts';
import { vpc } from './vpc.ts';

export const region = (described: Region): Part => joined([...fabric(described), ...vpc(described)]);
