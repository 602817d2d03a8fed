import { present } from '../base/assert.ts';
import type { ApiHandler } from '../base/requests.ts';
import { configurationCommitted, latestConfiguration } from '../raft/protocol/configuration.ts';
import type { Configuration } from '../raft/protocol/entries.ts';
import type { Role } from '../raft/protocol/state.ts';
import { changeMembers, transfer } from './administration-api.ts';
import type { ApiContext } from './api-context.ts';
import { answered, refusal } from './api-response.ts';
import { broadcast, deliveries } from './broadcast-api.ts';
import { cas, read, write } from './key-value-api.ts';
import { roleOf } from './tracer.ts';
import { transact } from './transactions-api.ts';

/**
 * The client API of a node: JSON over HTTP, made to be used by hand too:
 *
 *   curl -d '{"message":"hello"}' http://NODE:8000/broadcast      {"message":"hello","position":1}
 *   curl 'http://NODE:8000/deliveries?from=1'                     {"node":"n1","boot":1,"from":1,"messages":["hello"]}
 *   curl -d '{"key":"x","value":1}' http://NODE:8000/write        {"key":"x"}
 *   curl -d '{"key":"x","from":1,"to":2}' http://NODE:8000/cas    {"key":"x"}
 *   curl 'http://NODE:8000/read?key=x'                            {"key":"x","value":2}
 *   curl -d '{"operations":[["append","x",1],["r","y",null]]}' http://NODE:8000/txn
 *                                                                 {"operations":[["append","x",1],["r","y",[]]]}
 *   curl -d '{"voters":{"n1":"host:7000"},"learners":{}}' http://NODE:8000/members    {"index":7}
 *   curl -d '{"to":"n2"}' http://NODE:8000/transfer               {"to":"n2"}
 *   curl http://NODE:8000/status                                  {"node":"n1","role":"leader",...}
 *
 * An error has a status of 400 or more and the body `{"error":{"code","message","definite"}}`; `definite` true means that
 * the request certainly did not and will not take effect.
 */
export function clientApi(context: ApiContext): ApiHandler {
  return (request, respond) => {
    const [path, query] = request.path.split('?', 2);
    switch (`${request.method} ${path}`) {
      case 'POST /broadcast':
        broadcast(context, request, respond);
        return;
      case 'GET /deliveries':
        respond(deliveries(context, new URLSearchParams(query)));
        return;
      case 'POST /write':
        write(context, request, respond);
        return;
      case 'POST /cas':
        cas(context, request, respond);
        return;
      case 'GET /read':
        read(context, new URLSearchParams(query), respond);
        return;
      case 'POST /txn':
        transact(context, request, respond);
        return;
      case 'POST /members':
        changeMembers(context, request, respond);
        return;
      case 'POST /transfer':
        transfer(context, request, respond);
        return;
      case 'GET /status':
        respond(answered(status(context)));
        return;
      default:
        respond(
          refusal(
            404,
            'not-found',
            'there is /broadcast, /deliveries, /write, /cas, /read, /txn, /members, /transfer and /status',
          ),
        );
    }
  };
}

export interface NodeStatus {
  readonly node: string;
  readonly boot: number;
  readonly role: Role['name'];
  readonly term: number;
  readonly leader: string | null;
  readonly commitIndex: number;
  /** The last entry that a stored snapshot covers; 0 for none. */
  readonly snapshotIndex: number;
  /** The configuration in use, and whether it is committed. */
  readonly members: Configuration;
  readonly membersCommitted: boolean;
  /** The position of the last message delivered here. */
  readonly position: number;
  /** The node's monotonic clock, in nanoseconds: what its trace is stamped with. */
  readonly nowNs: number;
  /** The node's wall clock, in milliseconds since 1970. */
  readonly wallMs: number;
}

function status(context: ApiContext): NodeStatus {
  const state = present(context.driver.state, 'the API is served by a started node');
  return {
    node: context.node,
    boot: context.boot,
    ...roleOf(state),
    term: state.term,
    commitIndex: state.commitIndex,
    snapshotIndex: state.snapshot?.index ?? 0,
    members: latestConfiguration(state),
    membersCommitted: configurationCommitted(state),
    position: context.machines.messages.lastPosition,
    nowNs: context.clock.nowNs(),
    wallMs: context.clock.wallMs(),
  };
}
