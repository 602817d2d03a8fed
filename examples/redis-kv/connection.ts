import type { Socket } from 'node:net';
import { type Command, commandOf, type Read } from './commands.ts';
import type { Replica } from './replica.ts';
import { failure, RequestParser } from './resp.ts';

/** What the connections of a node serve. */
export interface Service {
  readonly replica: Replica;
  /** The text of INFO, or of one of its sections. */
  readonly info: (section: string | null) => string;
}

/** More bytes of changes than this go into more than one message of the log. */
const batchBytes = 256 * 1024;
/** A client that sends more than is answered, or takes fewer answers than it asks for, is read from again later. */
const mostQueued = 10_000;
const mostUnsentBytes = 16 * 1024 * 1024;

/**
 * Serves one client: its commands are executed and answered in the order in which they came. Of those that are there, changes
 * that follow each other become one message of the log, and questions that follow each other share a barrier.
 */
export function serveClient(socket: Socket, service: Service): void {
  const parser = new RequestParser();
  const queue: Command[] = [];
  let working = false;
  let ended = false;

  const work = async (): Promise<void> => {
    working = true;
    while (queue.length > 0 && !socket.destroyed) {
      const isLast = queue[0]?.kind === 'quit';
      socket.write(await replyToNext(queue, service), 'latin1');
      if (isLast) {
        ended = true;
        socket.end();
        return;
      }
      if (socket.writableLength > mostUnsentBytes) await drained(socket);
    }
    working = false;
    socket.resume();
  };

  socket.on('data', (piece: Buffer) => {
    if (ended) return;
    const { commands, error } = parser.take(piece);
    queue.push(...commands.map(commandOf));
    if (error !== null) {
      ended = true;
      queue.push({ kind: 'quit', reply: failure(error) });
    }
    if (queue.length > mostQueued) socket.pause();
    // What it rejects with is a bug, and ends the process.
    if (!working) void work();
  });
  // A connection that broke has nobody to be told.
  socket.on('error', () => {});
}

/** Takes out of the queue as many commands as can be answered together. */
async function replyToNext(queue: Command[], service: Service): Promise<string> {
  const [next] = queue;
  switch (next?.kind) {
    case undefined:
      return '';
    case 'write':
      return service.replica.write(takeWrites(queue));
    case 'read':
      return service.replica.read(takeReads(queue));
    case 'reply':
    case 'quit':
      queue.shift();
      return next.reply;
    case 'info':
      queue.shift();
      return service.info(next.section);
  }
}

function takeWrites(queue: Command[]): readonly (readonly string[])[] {
  const taken: (readonly string[])[] = [];
  let bytes = 0;
  for (const command of queue) {
    if (command.kind !== 'write') break;
    bytes += command.text.reduce((sum, argument) => sum + argument.length, 0);
    if (taken.length > 0 && bytes > batchBytes) break;
    taken.push(command.text);
  }
  queue.splice(0, taken.length);
  return taken;
}

function takeReads(queue: Command[]): readonly Read[] {
  const end = queue.findIndex(({ kind }) => kind !== 'read');
  const taken = queue.splice(0, end < 0 ? queue.length : end);
  return taken.flatMap((command) => (command.kind === 'read' ? [command.read] : []));
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}
