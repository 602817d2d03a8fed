import { describe, expect, it } from 'vitest';
import { ChaosError } from '../../src/base/errors.ts';
import { failure, success } from '../../src/base/outcome.ts';
import { completionOf } from '../../src/workload/completion.ts';

describe('how an operation ended', () => {
  it.each([
    ['connection-refused', 'fail'],
    ['timeout', 'info'],
    ['connection-lost', 'info'],
    ['bad-response', 'info'],
    ['internal', 'info'],
  ] as const)('a call that ends with %s is %s', (code, type) => {
    const completion = completionOf(failure(new ChaosError(code, `it was ${code}`)));
    expect(completion).toEqual({ type, error: { code, message: `it was ${code}` } });
  });

  it.each([{ position: 7 }, [], null, 0, { error: { code: 'x', message: 'y', definite: true } }])(
    'a response of 200 is ok, with its body %j',
    (body) => {
      expect(completionOf(success({ status: 200, body }))).toEqual({ type: 'ok', value: body });
    },
  );

  it.each([
    [503, 'no-leader', true, 'fail'],
    [400, 'bad-request', true, 'fail'],
    [503, 'leadership-lost', false, 'info'],
    [503, 'timeout', false, 'info'],
  ] as const)('a response of %i with the error %s, definite: %s, is %s', (status, code, definite, type) => {
    const body = { error: { code, message: `it was ${code}`, definite } };
    expect(completionOf(success({ status, body }))).toEqual({ type, error: { code, message: `it was ${code}` } });
  });

  it.each([[{}], [null], ['Bad Gateway'], [{ position: 7 }]])('an error with the body %j is info', (body) => {
    const completion = completionOf(success({ status: 502, body }));
    expect(completion).toMatchObject({ type: 'info', error: { code: 'bad-response' } });
    expect(completion.error?.message).toContain('502');
  });
});
