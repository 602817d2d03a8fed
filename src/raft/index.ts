/** The Raft library: a member of a replicated log. Nothing here needs Docker or the harness. */
export type { Clock, Timer } from '../base/clock.ts';
export type { Disk, DiskFile } from '../base/disk.ts';
export type { Connection, ConnectionEvents, Listener, Network } from '../base/network.ts';
export { realClock } from '../base/real/clock.ts';
export { realDisk } from '../base/real/disk.ts';
export { tcpNetwork } from '../base/real/network.ts';
export { type TlsOptions, tlsNetwork } from '../base/real/tls-network.ts';
export type { DeliveredMessage } from './deliveries.ts';
export { RaftError } from './errors.ts';
export { type Compaction, defaultCompaction } from './member.ts';
export { Raft, type RaftConfig, type RaftPorts, type RaftStatus, type StateMachine } from './raft.ts';
export type { Session } from './session.ts';
export { defaultTiming, type Timing } from './timers.ts';
