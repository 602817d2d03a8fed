import type { ChaosError } from './errors.ts';
import type { Callback } from './outcome.ts';

/** Where something listens: a host name or address, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function formatAddress(address: Address): string {
  return `${address.host}:${address.port}`;
}

/**
 * The connection port: ordered streams of bytes that may break at any time. A broken connection may have lost any suffix
 * of what was written to it; it never reorders, repeats or alters bytes.
 */
export interface Network {
  listen(address: Address, accept: (connection: Connection) => void, done: Callback<Listener>): void;
  /** Starts connecting; `opened` or `closed` of the events tells how it went. */
  connect(address: Address, events: ConnectionEvents): Connection;
}

export interface Listener {
  /** The address in use: the one asked for, with the port filled in where 0 was asked. */
  readonly address: Address;
  /** Stops listening and closes the connections it accepted. */
  close(): void;
}

export interface ConnectionEvents {
  opened(): void;
  /** A piece of the stream: its limits mean nothing, and the bytes are the receiver's to keep. */
  received(bytes: Uint8Array): void;
  /** Called once, whoever closed it; nothing follows. The error is null for an orderly end. */
  closed(error: ChaosError | null): void;
}

export interface Connection {
  /** Bytes written that have not left yet: the caller bounds it. */
  readonly bufferedBytes: number;
  /** Accepted connections are given their events here, at once in `accept`; connected ones have them already. */
  observe(events: ConnectionEvents): void;
  write(bytes: Uint8Array): void;
  close(): void;
}
