import { RaftError } from './errors.ts';

/** Fits into one frame of the transport, beside what else it carries. */
const maxMessageBytes = 4 * 1024 * 1024;

/** The log keeps the bytes, and reads them again whenever a follower lacks them: the caller may do with theirs as it likes. */
export function copied(payload: Uint8Array): Uint8Array {
  if (!(payload instanceof Uint8Array)) throw new RaftError('bad-message', 'a message is a Uint8Array', true);
  const error = lengthError(payload);
  if (error !== null) throw error;
  return new Uint8Array(payload);
}

/** What is wrong with the length of a message, or null. One that fits into no frame would never reach a follower. */
export function lengthError(payload: Uint8Array): RaftError | null {
  if (payload.length <= maxMessageBytes) return null;
  return new RaftError('too-large', `a message has up to ${maxMessageBytes} bytes, this one ${payload.length}`, true);
}
