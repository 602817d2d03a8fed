import { ChaosError } from '../base/errors.ts';
import type { Answer, AnswerCode } from './protocol/messages.ts';

/**
 * An error of a request to the cluster. Where it is definite, the request certainly did not and will not take effect; else
 * it may have, or may still. The codes are those of `AnswerCode`, and `timeout`, `stopped`, `overloaded`, `too-large`,
 * `bad-message`, `bad-config`, `compacted`, `result-unknown`.
 */
export class RaftError extends ChaosError {
  override readonly name = 'RaftError';
  readonly definite: boolean;
  /** Of `result-unknown`: where the message stands, which is committed. */
  readonly position: number | null;

  constructor(
    code: string,
    message: string,
    definite: boolean,
    options: { remedy?: string; cause?: unknown; position?: number } = {},
  ) {
    super(code, message, options);
    this.definite = definite;
    this.position = options.position ?? null;
  }
}

const words: Record<AnswerCode, string> = {
  'no-leader': 'this node knows of no leader now',
  'not-leader': 'the node this was handed to is not the leader any more',
  'leadership-lost': 'the leader was deposed before the request was committed; it may still be',
  overloaded: 'so much waits for the cluster already that no more is taken; ask again when some of it is answered',
  'change-replaced':
    'another change took the place of this one while new members caught up; nobody votes who did not before',
  transferring: 'the leader is handing its office over; ask again in a moment',
  'transfer-failed': 'the other node did not take the leadership over within an election time-out',
  'not-a-voter': 'only a voter can lead',
  'change-in-progress': 'another change of the membership is under way; ask again later',
  'leader-too-new': 'the leader has committed nothing yet, and cannot know whether another change is under way',
  'bad-membership': 'members have different names, and at least one of them votes',
  'not-caught-up': 'a new member does not answer; it stays a learner, and nobody else votes than before',
  'session-expired':
    'the session has ended, for others were used later; whether the message was delivered is not known any more',
  'already-acknowledged': 'the session had acknowledged this message; where it was delivered is not known any more',
};

export function errorOfAnswer(answer: Answer & { readonly ok: false }): RaftError {
  return new RaftError(answer.code, words[answer.code], answer.definite);
}
