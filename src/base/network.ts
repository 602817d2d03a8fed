import { ChaosError } from './errors.ts';
import type { Callback } from './outcome.ts';

/** Where something listens: a host name or address, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** As `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const ADDRESS = /^(?:\[(?<v6>[\dA-Fa-f.]*:[\dA-Fa-f:.]*(?:%[\w.-]+)?)\]|(?<name>[\w.-]+)):(?<port>[1-9]\d{0,4})$/;
const MAX_ADDRESS_LENGTH = 255;
const MAX_PORT = 65_535;

/** What `formatAddress` writes, of a port that somebody can connect to. Anything else throws `bad-address`. */
export function parseAddress(text: string): Address {
  const parts = text.length > MAX_ADDRESS_LENGTH ? undefined : ADDRESS.exec(text)?.groups;
  const host = parts?.['v6'] ?? parts?.['name'];
  const port = Number(parts?.['port']);
  if (host === undefined || port > MAX_PORT) {
    const shown = JSON.stringify(text.slice(0, MAX_ADDRESS_LENGTH));
    throw new ChaosError('bad-address', `${shown} is not the address of a peer`, {
      remedy: 'Give host:port with a port from 1 to 65535; an IPv6 address stands in brackets, as in [fd00::1]:7000.',
    });
  }
  return { host, port };
}

/**
 * The connection port: ordered streams of bytes that may break at any time. A broken connection may have lost any suffix
 * of what was written to it; it never reorders, repeats or alters bytes.
 */
export interface Network {
  listen(address: Address, accept: (connection: Connection) => void, done: Callback<Listener>): void;
  /**
   * Starts connecting; `opened` or `closed` of the events tells how it went. Where names are proved, `closed` with the code
   * `untrusted` says that one side does not accept the other's proof, be it after `opened`.
   */
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
  /**
   * The names that the peer has proved to have, from the moment that the connection is open; null where nothing is proved,
   * because the network has no means to.
   */
  readonly peerNames: readonly string[] | null;
  /** Bytes written that have not left yet: the caller bounds it. */
  readonly bufferedBytes: number;
  /** Accepted connections are given their events here, at once in `accept`; connected ones have them already. */
  observe(events: ConnectionEvents): void;
  write(bytes: Uint8Array): void;
  close(): void;
}
