import type { Clock } from '../../../base/clock.ts';
import type { Network } from '../../../base/network.ts';
import { success } from '../../../base/outcome.ts';
import type { ApiRequest, ApiResponse, RequestClient } from '../../../base/requests.ts';
import { type ApiError, answered, refusal } from '../../../node/api-response.ts';
import type { ReportedStatus } from '../../status.ts';
import { RedisConnections, type RedisReply } from './redis-connections.ts';

/** A call of a workload as a command of Redis, and what its reply means. */
interface Translation {
  readonly command: readonly string[];
  readonly answer: (reply: RedisReply) => ApiResponse;
}

/** Reads, writes and compare-and-sets by GET, SET and SET IFEQ; values stand in the store as JSON. */
export function redisKvClient(clock: Clock, network: Network): RequestClient {
  const connections = new RedisConnections(clock, network);
  return {
    call: (address, request, timeoutMs, done) => {
      const translation = translate(request);
      if (translation === null) {
        const unknown = refusal(404, 'not-found', `there is no ${request.method} ${request.path} in this system`);
        clock.soon(() => done(success(unknown)));
        return;
      }
      connections.send(address, translation.command, timeoutMs, (outcome) => {
        if (!outcome.ok) done(outcome);
        else if (outcome.value.type === 'error') done(success(errorResponse(outcome.value.text)));
        else done(success(translation.answer(outcome.value)));
      });
    },
    close: () => connections.close(),
  };
}

function translate({ method, path, body }: ApiRequest): Translation | null {
  const [name, query] = path.split('?', 2);
  const { key, value, from, to } = (body ?? {}) as { key?: string; value?: unknown; from?: unknown; to?: unknown };
  switch (`${method} ${name}`) {
    case 'GET /read':
      return read(new URLSearchParams(query).get('key') ?? '');
    case 'POST /write':
      return { command: ['SET', key ?? '', JSON.stringify(value)], answer: () => answered({ key }) };
    case 'POST /cas':
      return compareAndSet(key ?? '', from, to);
    case 'GET /status':
      return { command: ['INFO'], answer: ({ text }) => answered(statusIn(text ?? '')) };
    default:
      return null;
  }
}

function read(key: string): Translation {
  return {
    command: ['GET', key],
    answer: ({ text }) => answered({ key, value: text === null ? null : (JSON.parse(text) as unknown) }),
  };
}

function compareAndSet(key: string, from: unknown, to: unknown): Translation {
  return {
    command: ['SET', key, JSON.stringify(to), 'IFEQ', JSON.stringify(from)],
    answer: ({ text }) =>
      text === null ? refusal(409, 'cas-mismatch', `${key} was not ${JSON.stringify(from)}`) : answered({ key }),
  };
}

/** Only CLUSTERDOWN says that the command certainly was not executed and will not be. */
function errorResponse(text: string): ApiResponse {
  const [code = ''] = text.split(' ', 1);
  const error = { code: code.toLowerCase(), message: text, definite: code === 'CLUSTERDOWN' };
  return { status: 503, body: { error } satisfies ApiError };
}

function statusIn(info: string): ReportedStatus {
  const fields = new Map(info.split('\r\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1)]));
  const number = (name: string): number => Number(fields.get(name));
  return {
    node: fields.get('raft_node') ?? '',
    boot: number('raft_boot'),
    role: (fields.get('raft_role') ?? '') as ReportedStatus['role'],
    term: number('raft_term'),
    nowNs: number('monotonic_time_ns'),
    wallMs: number('server_time_usec') / 1000,
  };
}
