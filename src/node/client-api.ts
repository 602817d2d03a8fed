/**
 * The client API of a node: JSON over HTTP, made to be used by hand too:
 *
 *   curl -d '{"message":"hello"}' http://NODE:8000/broadcast      {"message":"hello","position":1}
 *   curl 'http://NODE:8000/deliveries?from=1'                     {"node":"n1","boot":1,"from":1,"messages":["hello"]}
 *   curl http://NODE:8000/status                                  {"node":"n1","role":"leader",...}
 *
 * An error has a status of 400 or more and the body `{"error":{"code","message","definite"}}`; `definite` true means that
 * the request certainly did not and will not take effect.
 */
export interface NodeStatus {
  readonly node: string;
  readonly boot: number;
  readonly role: 'follower' | 'candidate' | 'leader';
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  /** The position of the last message delivered here. */
  readonly position: number;
  /** The node's monotonic clock, in nanoseconds: what its trace is stamped with. */
  readonly nowNs: number;
}

export interface ApiError {
  readonly error: { readonly code: string; readonly message: string; readonly definite: boolean };
}
