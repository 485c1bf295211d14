/** Variables in the environment of processes that say whose they are; whoever carries one can be told by it after any crash. */

/** The variable that names the run: a process that has it is the run's own, whatever else was lost. */
export const runVariable = 'XIYOU_RUN';

/** Marks one start of one daemon in its environment, so that it can be told among the children of its node's init. */
export const startVariable = 'XIYOU_START';

/** Marks the lab's keeper, and what it starts to do its work; they run on the machine, in no node. */
export const keeperVariable = 'XIYOU_KEEPER';
