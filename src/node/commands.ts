import { ByteReader, ByteWriter } from '../base/bytes.ts';
import { ChaosError } from '../base/errors.ts';

/** What a client can have replicated: a message of the broadcast workload, or a change of the machines. */
export type Command =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'change'; readonly change: Change };

/** A change, and the token by which the node that was asked for it knows it again when it is applied. */
export type Change =
  | { readonly f: 'write'; readonly token: string; readonly key: string; readonly value: Scalar }
  | { readonly f: 'cas'; readonly token: string; readonly key: string; readonly from: Scalar; readonly to: Scalar }
  | { readonly f: 'txn'; readonly token: string; readonly operations: readonly MicroOperation[] };

/** A part of a transaction: appends a value to the list of a key, or reads that list (null where it is not read yet). */
export type MicroOperation =
  | readonly ['append', key: string, value: Scalar]
  | readonly ['r', key: string, list: readonly Scalar[] | null];

/**
 * What became of a change where it was applied: the value found, where a cas found another than it asked for; what a
 * transaction has read. Unknown where a snapshot has taken the place of the change.
 */
export type ChangeResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'mismatch'; readonly found: Scalar }
  | { readonly kind: 'transaction'; readonly operations: readonly MicroOperation[] }
  | { readonly kind: 'unknown' };

export type Scalar = string | number | boolean | null;

export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

const messageTag = 0;
const changeTag = 1;
const writer = new ByteWriter(16 * 1024);

export function encodeCommand(command: Command): Uint8Array {
  const text = command.kind === 'message' ? command.text : JSON.stringify(command.change);
  return writer
    .clear()
    .u8(command.kind === 'message' ? messageTag : changeTag)
    .text(text)
    .finish();
}

export function decodeCommand(payload: Uint8Array): Command {
  const reader = new ByteReader(payload);
  const tag = reader.u8();
  const text = reader.text();
  switch (tag) {
    case messageTag:
      return { kind: 'message', text };
    case changeTag:
      return { kind: 'change', change: JSON.parse(text) as Change };
    default:
      throw new ChaosError('malformed', `a command with the tag ${tag}`);
  }
}
