/** Daemons that belong to an `openvswitch` operation, in the order in which they are started. */
export const switchDaemons = ['ovsdb-server', 'ovs-vswitchd'] as const;
