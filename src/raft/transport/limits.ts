// All that is bounded between peers, so that none can make another wait for ever or use up its memory.

const KiB = 1024;
const MiB = 1024 * KiB;

/** The body of a frame. A longer one is not sent, and whoever announces one is refused. */
export const maxFrameBytes = 16 * MiB;
/** The body of a frame from or to somebody who is not known yet. */
export const maxGreetingBytes = 4 * KiB;

/** What waits for one peer, on its link and in its connection: beyond that messages are dropped. */
export const maxWaitingBytes = 8 * MiB;
/** Frames that are sent together are written in pieces of about this size. */
export const maxPieceBytes = 64 * KiB;
/** Answers to pings that a peer does not read: beyond that its connection is closed. */
export const maxUnreadAnswerBytes = 64 * KiB;

/** Connections that have not said who they are: beyond that further ones are closed. */
export const maxVisitors = 64;
/** Nodes that are no peers and are remembered: beyond that the one that was heard of first is forgotten. */
export const maxStrangers = 16;
/** Different notices that are remembered, so as not to be given again. */
export const maxNotices = 64;

/** How long a connection may take to say who it is. */
export const greetingTimeoutMs = 5000;
/** The kernel backs off for ever longer while a partition swallows its packets; a new connection starts afresh. */
export const connectTimeoutMs = 500;
export const pingIntervalMs = 250;
/** Who is silent for so long, with pings to answer, is taken for lost. */
export const silenceTimeoutMs = 1000;
/** How long what is queued for a peer that is one no more may take to leave. */
export const farewellTimeoutMs = 2000;

/**
 * The delay before a connection is tried again doubles with each that brought no word, and begins anew with one that did.
 * It stays short where the peer may just be out of reach, so that a heal shows soon, and grows where it has refused.
 */
export const reconnectDelayMs = 100;
export const maxReconnectDelayMs = 400;
export const maxRefusedDelayMs = 5000;
