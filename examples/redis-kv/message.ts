import { RequestParser, request } from './resp.ts';

/** What is replicated: the changes that one node was asked for together, as its clients sent them; none only tells the time. */
export interface Message {
  /** Of this message alone, among those of all nodes: `idBytes` bytes. */
  readonly id: string;
  /** The wall clock of the node that was asked, in milliseconds since 1970. */
  readonly wallMs: number;
  readonly commands: readonly (readonly string[])[];
}

export const idBytes = 16;
const headerBytes = idBytes + 8;

export function encodeMessage({ id, wallMs, commands }: Message): Uint8Array {
  const text = commands.map(request).join('');
  const bytes = Buffer.alloc(headerBytes + text.length);
  bytes.write(id, 0, 'latin1');
  bytes.writeDoubleLE(wallMs, idBytes);
  bytes.write(text, headerBytes, 'latin1');
  return bytes;
}

export function decodeMessage(payload: Uint8Array): Message {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const { commands, error } = new RequestParser().take(bytes.subarray(headerBytes));
  if (error !== null) throw new Error(`a message that no node would write: ${error}`);
  return { id: bytes.toString('latin1', 0, idBytes), wallMs: bytes.readDoubleLE(idBytes), commands };
}
