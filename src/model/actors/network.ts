import type { NetworkKind } from './actor.ts';

/**
 * The messages on their way, as numbers at the end of a state's words. Unordered networks keep them sorted, with repeats
 * where they do not duplicate; ordered ones keep the messages of a channel (from one actor to another) in the order in which
 * they were sent, and the channels sorted.
 */
export interface Network {
  /** Adds what stands for a message that is delivered or lost; `words` are of a new state, and changed in place. */
  send(words: number[], start: number, envelope: number): void;
  /** What is left behind the delivery of a message. */
  deliver(words: number[], start: number, envelope: number): void;
  lose(words: number[], start: number, envelope: number): void;
  /** The places of messages that may be delivered next, and of those that may be lost: each kind once. */
  deliverable(words: readonly number[], start: number): readonly number[];
}

/** `channelOf` gives the number of the channel of an envelope. */
export function networkOf(kind: NetworkKind, channelOf: (envelope: number) => number): Network {
  switch (kind) {
    case 'unordered-nonduplicating':
      return { send: insertSorted, deliver: remove, lose: remove, deliverable: distinct };
    case 'unordered-duplicating':
      return { send: insertOnce, deliver: () => undefined, lose: remove, deliverable: distinct };
    case 'ordered':
      return {
        send: (words, start, envelope) => insertBehindChannel(words, start, envelope, channelOf),
        deliver: remove,
        lose: remove,
        deliverable: (words, start) => heads(words, start, channelOf),
      };
  }
}

function insertSorted(words: number[], start: number, envelope: number): void {
  let at = words.length;
  words.push(envelope);
  while (at > start && (words[at - 1] as number) > envelope) {
    words[at] = words[at - 1] as number;
    at--;
  }
  words[at] = envelope;
}

/** On a network that may deliver a message any number of times it does not matter how often it was sent. */
function insertOnce(words: number[], start: number, envelope: number): void {
  if (words.indexOf(envelope, start) < 0) insertSorted(words, start, envelope);
}

function insertBehindChannel(
  words: number[],
  start: number,
  envelope: number,
  channelOf: (envelope: number) => number,
): void {
  const channel = channelOf(envelope);
  let at = words.length;
  words.push(envelope);
  while (at > start && channelOf(words[at - 1] as number) > channel) {
    words[at] = words[at - 1] as number;
    at--;
  }
  words[at] = envelope;
}

function remove(words: number[], start: number, envelope: number): void {
  const at = words.indexOf(envelope, start);
  for (let i = at; i < words.length - 1; i++) words[i] = words[i + 1] as number;
  words.pop();
}

function distinct(words: readonly number[], start: number): number[] {
  const places: number[] = [];
  for (let at = start; at < words.length; at++) {
    if (at === start || words[at] !== words[at - 1]) places.push(at);
  }
  return places;
}

function heads(words: readonly number[], start: number, channelOf: (envelope: number) => number): number[] {
  const places: number[] = [];
  for (let at = start; at < words.length; at++) {
    if (at === start || channelOf(words[at] as number) !== channelOf(words[at - 1] as number)) places.push(at);
  }
  return places;
}
