/** The Raft library: a member of a replicated log on ports of your choice. Nothing here needs Docker or the harness. */
export {
  BroadcastError,
  type DriverEvents,
  type DriverPorts,
  type DriverSettings,
  defaultTiming,
  RaftDriver,
} from './driver.ts';
export { recover, step } from './protocol/step.ts';
export type * from './protocol/types.ts';
export type { Recovered, Storage, StorageEvents } from './storage/storage.ts';
export { WriteAheadLog } from './storage/write-ahead-log.ts';
export { PeerTransport, type PeerTransportSettings } from './transport/peer-transport.ts';
export type { Transport, TransportEvents } from './transport/transport.ts';
