import { assert } from '../base/assert.ts';
import type { ApiRequest, ApiResponse } from '../base/requests.ts';
import type { ApiContext } from './api-context.ts';
import { answered, refusal, requestTimeoutMs } from './api-response.ts';
import { isScalar, type MicroOperation } from './commands.ts';
import { replicate } from './replicate-change.ts';

/** `POST /txn`. */
export function transact(context: ApiContext, request: ApiRequest, respond: (response: ApiResponse) => void): void {
  const operations = (request.body as { operations?: unknown } | null | undefined)?.operations;
  if (!isTransaction(operations)) {
    respond(refusal(400, 'bad-request', 'expected {"operations":[["append","key",value],["r","key",null],...]}'));
    return;
  }
  const plan = context.planTransaction(operations, context.machines.lists);
  if (plan.kind === 'change')
    carryOut(context, plan.changes, [], (found) => respond(done(plan.answer(found))), respond);
  else {
    context.driver.readBarrier(requestTimeoutMs, (outcome) => {
      if (outcome.ok) respond(done(context.machines.lists.preview(operations)));
      // A read takes no effect, so one that failed certainly took none.
      else respond(refusal(503, outcome.error.code, outcome.error.message));
    });
  }
}

function carryOut(
  context: ApiContext,
  [operations, ...rest]: readonly (readonly MicroOperation[])[],
  found: readonly MicroOperation[],
  finished: (found: readonly MicroOperation[]) => void,
  failed: (response: ApiResponse) => void,
): void {
  if (operations === undefined) {
    finished(found);
    return;
  }
  const applied = { f: 'txn', token: context.nextToken(), operations } as const;
  replicate(
    context,
    applied,
    (result) => {
      assert(result.kind === 'transaction', 'a transaction was asked for');
      carryOut(context, rest, [...found, ...result.operations], finished, failed);
    },
    failed,
  );
}

function done(operations: readonly MicroOperation[]): ApiResponse {
  return answered({ operations });
}

function isTransaction(value: unknown): value is readonly MicroOperation[] {
  return Array.isArray(value) && value.length > 0 && value.every(isMicroOperation);
}

function isMicroOperation(value: unknown): value is MicroOperation {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [f, key, argument] = value as readonly unknown[];
  return typeof key === 'string' && ((f === 'append' && isScalar(argument)) || (f === 'r' && argument === null));
}
