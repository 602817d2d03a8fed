/** A state as a page draws it: what `describeState` says in lines, as data. Lifelines are named by their place. */
export interface StateView {
  /** One for each lifeline, in their order. */
  readonly nodes: readonly NodeCard[];
  readonly messages: readonly MessageOnTheWay[];
  /** What else the state consists of, a line each. */
  readonly notes: readonly string[];
}

export interface NodeCard {
  readonly name: string;
  /** In one or two words: `leader`, `down`. */
  readonly status: string;
  /** How much the status stands out: a follower is plain, a candidate busy, a leader active. */
  readonly tone: 'plain' | 'busy' | 'active' | 'down';
  /** Few and short: term, vote, commit index. Each node has the same ones in the same order, as far as they apply. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Those that are set, in words. */
  readonly timers: readonly string[];
  /** Null where it has none. */
  readonly log: readonly LogBox[] | null;
  /** Details, a line each. */
  readonly more: readonly string[];
}

export interface LogBox {
  readonly term: number;
  readonly label: string;
  readonly committed: boolean;
  readonly durable: boolean;
}

/** Equal messages once, with how many of them there are. */
export interface MessageOnTheWay {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly count: number;
}
