/** The Raft library: a member of a replicated log. Nothing here needs Docker or the harness. */

/** The parts, for those who put a member together themselves or bring storage and transport of their own. */
export type { Clock, Timer } from '../base/clock.ts';
export type { DirectoryLock, Disk, DiskFile } from '../base/disk.ts';
export { ChaosError } from '../base/errors.ts';
export type { Address, Connection, ConnectionEvents, Listener, Network } from '../base/network.ts';
export type { Callback, Outcome } from '../base/outcome.ts';
export { type Random, seededRandom } from '../base/random.ts';
export { realClock } from '../base/real/clock.ts';
export { realDisk } from '../base/real/disk.ts';
export { tcpNetwork } from '../base/real/network.ts';
export { type TlsOptions, tlsNetwork } from '../base/real/tls-network.ts';
export type { Application } from './application.ts';
export type { RaftConfig, StateMachine } from './config.ts';
export type { DeliveredMessage } from './deliveries.ts';
export { RaftDriver } from './driver.ts';
export type { DriverEvents, DriverPorts, DriverSettings, DriverTrace } from './driver-ports.ts';
export { RaftError } from './errors.ts';
export type { Compaction } from './member.ts';
export { defaultCompaction } from './member.ts';
export type * from './protocol/entries.ts';
export type * from './protocol/events.ts';
export type * from './protocol/messages.ts';
export type { Sequence } from './protocol/sequence.ts';
export type * from './protocol/state.ts';
export { recover, step } from './protocol/step.ts';
export { Raft, type RaftPorts } from './raft.ts';
export type { Session, SessionMessage } from './session.ts';
export type { ChangeStatus, FollowerStatus, MemberStatus, RaftStatus } from './status.ts';
export type { Boot, DirectoryOwner } from './storage/boot-record.ts';
export { FileStorage, type FileStorageOptions } from './storage/file-storage.ts';
export { MemoryStorage, MemoryStore } from './storage/memory-storage.ts';
export type { ReceivedPiece, Recovered, SnapshotPiece, Storage, StorageEvents } from './storage/storage.ts';
export { defaultTiming, type Timing } from './timers.ts';
export { MemoryHub, type MemoryTransportSettings } from './transport/memory-transport.ts';
export { PeerTransport, type PeerTransportSettings } from './transport/peer-transport.ts';
export type { Peer, Transport, TransportEvents } from './transport/transport.ts';
export type { Place } from './waiting-requests.ts';
