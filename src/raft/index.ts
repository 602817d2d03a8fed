/** The Raft library: a member of a replicated log on ports of your choice. Nothing here needs Docker or the harness. */
export type { Clock, Timer } from '../base/clock.ts';
export type { Disk, DiskFile } from '../base/disk.ts';
export type { Connection, ConnectionEvents, Listener, Network } from '../base/network.ts';
export { type Random, seededRandom } from '../base/random.ts';
export { realClock } from '../base/real/clock.ts';
export { realDisk } from '../base/real/disk.ts';
export { tcpNetwork } from '../base/real/network.ts';
export { type TlsOptions, tlsNetwork } from '../base/real/tls-network.ts';
export {
  BroadcastError,
  type DriverEvents,
  type DriverPorts,
  type DriverSettings,
  type DriverTrace,
  defaultTiming,
  RaftDriver,
  type Timing,
} from './driver.ts';
export { recover, step } from './protocol/step.ts';
export type * from './protocol/types.ts';
export type { Recovered, Storage, StorageEvents } from './storage/storage.ts';
export { WriteAheadLog } from './storage/write-ahead-log.ts';
export { MemoryHub, type MemoryTransportSettings } from './transport/memory-transport.ts';
export { PeerTransport, type PeerTransportSettings } from './transport/peer-transport.ts';
export type { Peer, Transport, TransportEvents } from './transport/transport.ts';
