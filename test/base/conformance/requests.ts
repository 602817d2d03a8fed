import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, promised, sleep } from '../../../src/base/clock.ts';
import type { ChaosError } from '../../../src/base/errors.ts';
import type { Address } from '../../../src/base/network.ts';
import type { ApiHandler, ApiRequest, ApiResponse, RequestClient, RequestServer } from '../../../src/base/requests.ts';

export interface RequestsSubject {
  readonly clock: Clock;
  readonly client: RequestClient;
  readonly server: RequestServer;
  readonly serverHost: string;
  run<T>(scenario: Promise<T>): Promise<T>;
  dispose(): void;
}

const TIMEOUT_MS = 5000;

/** What every pair of a request client and a request server does. */
export function requestsConformance(name: string, make: () => RequestsSubject): void {
  let subject: RequestsSubject | null = null;
  const scenario = (title: string, body: (use: TestRequests) => Promise<void>): void => {
    it(title, async () => {
      subject = make();
      await subject.run(body(testRequests(subject)));
    });
  };

  describe(`${name} as client calls`, () => {
    afterEach(() => subject?.dispose());

    scenario('carries a request to the handler and the answer back', async (use) => {
      const seen: ApiRequest[] = [];
      const { address } = await use.serve((request, respond) => {
        seen.push(request);
        respond({ status: 201, body: { echo: request.body ?? null, ünicode: 'žluťoučký 🐴' } });
      });
      const body = { message: 'příliš', list: [1, null, true] };
      const posted = await use.call(address, { method: 'POST', path: '/broadcast', body });
      const got = await use.call(address, { method: 'GET', path: '/deliveries?from=1' });
      expect(posted).toEqual({ status: 201, body: { echo: body, ünicode: 'žluťoučký 🐴' } });
      expect(got).toEqual({ status: 201, body: { echo: null, ünicode: 'žluťoučký 🐴' } });
      expect(seen).toEqual([
        { method: 'POST', path: '/broadcast', body },
        { method: 'GET', path: '/deliveries?from=1' },
      ]);
    });

    scenario('passes an error of the API on as an answer', async (use) => {
      const body = { error: { code: 'not-leader', message: 'ask n2', definite: true } };
      const { address } = await use.serve((_request, respond) => respond({ status: 503, body }));
      expect(await use.call(address, { method: 'GET', path: '/' })).toEqual({ status: 503, body });
    });

    scenario('answers each of many calls at a time with its own answer, whatever the order', async (use) => {
      const { clock } = use;
      const { address } = await use.serve((request, respond) => {
        const number = Number(request.path.slice(1));
        clock.setTimer((number * 7) % 20, () => respond({ status: 200, body: number }));
      });
      const numbers = Array.from({ length: 40 }, (_, i) => i);
      for (let round = 0; round < 2; round++) {
        const answers = await Promise.all(numbers.map((i) => use.call(address, { method: 'GET', path: `/${i}` })));
        expect(answers.map((answer) => answer.body)).toEqual(numbers);
      }
    });

    scenario('carries large bodies, and refuses a request above the limit without handling it', async (use) => {
      let handled = 0;
      const { address } = await use.serve((request, respond) => {
        handled += 1;
        respond({ status: 200, body: request.body });
      });
      const large = 'x'.repeat(900_000);
      expect((await use.call(address, { method: 'POST', path: '/', body: large })).body).toBe(large);
      const refused = await use.call(address, { method: 'POST', path: '/', body: 'x'.repeat(1_200_000) });
      expect(refused).toMatchObject({ status: 413, body: { error: { code: 'too-large', definite: true } } });
      expect(handled).toBe(1);
    });

    scenario('is refused where nothing serves: it certainly did not happen', async (use) => {
      const { address, close } = await use.serve((_request, respond) => respond({ status: 200, body: 1 }));
      close();
      expect(await use.failureOf(address)).toBe('connection-refused');
    });

    scenario('is lost when the server ends while the call is under way', async (use) => {
      const handled = use.signal();
      const { address, close } = await use.serve(() => handled.raise());
      const failed = use.failureOf(address);
      await handled.raised;
      close();
      expect(await failed).toBe('connection-lost');
    });

    scenario('is refused, not lost, on a new connection after the server has ended', async (use) => {
      const { address, close } = await use.serve((_request, respond) => respond({ status: 200, body: 1 }));
      await use.call(address, { method: 'GET', path: '/' });
      close();
      await use.settle();
      expect(await use.failureOf(address)).toBe('connection-refused');
    });

    scenario('times out when no answer comes, and an answer that comes later is nobody’s', async (use) => {
      let respondLate = (): void => {};
      const { address } = await use.serve((request, respond) => {
        if (request.path === '/slow') respondLate = () => respond({ status: 200, body: 'slow' });
        else respond({ status: 200, body: 'quick' });
      });
      const start = use.clock.nowNs();
      expect(await use.failureOf(address, { method: 'GET', path: '/slow' }, 30)).toBe('timeout');
      expect(use.clock.nowNs() - start).toBeGreaterThanOrEqual(30e6);
      respondLate();
      expect((await use.call(address, { method: 'GET', path: '/' })).body).toBe('quick');
    });

    scenario('fails calls under way as lost when the client closes, and refuses later ones', async (use) => {
      const handled = use.signal();
      const { address } = await use.serve(() => handled.raise());
      const failed = use.failureOf(address);
      await handled.raised;
      use.client.close();
      expect(await failed).toBe('connection-lost');
      expect(await use.failureOf(address)).toBe('connection-refused');
    });

    scenario('an address is served once at a time', async (use) => {
      const { address } = await use.serve(() => {});
      await expect(use.serve(() => {}, address.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    scenario('calls back once, and never inside the call', async (use) => {
      const { address, close } = await use.serve((_request, respond) => respond({ status: 200, body: 1 }));
      const order: string[] = [];
      const call = (title: string): Promise<void> =>
        use.clock.promise((resolve) => {
          use.client.call(address, { method: 'GET', path: '/' }, TIMEOUT_MS, () => {
            order.push(`${title} done`);
            resolve();
          });
          order.push(`${title} returned`);
        });
      await call('first');
      await call('kept connection');
      close();
      await use.settle();
      await call('refused');
      use.client.close();
      await call('closed client');
      await use.settle();
      const titles = ['first', 'kept connection', 'refused', 'closed client'];
      expect(order).toEqual(titles.flatMap((title) => [`${title} returned`, `${title} done`]));
    });
  });
}

type TestRequests = ReturnType<typeof testRequests>;

function testRequests({ clock, client, server, serverHost }: RequestsSubject) {
  const call = (address: Address, request: ApiRequest, timeoutMs = TIMEOUT_MS): Promise<ApiResponse> =>
    promised(clock, (done) => client.call(address, request, timeoutMs, done));
  const failureOf = (
    address: Address,
    request: ApiRequest = { method: 'GET', path: '/' },
    timeoutMs = TIMEOUT_MS,
  ): Promise<string> =>
    call(address, request, timeoutMs).then(
      (response) => `answered ${response.status}`,
      (error: ChaosError) => error.code,
    );
  return {
    clock,
    client,
    call,
    failureOf,
    serve: (handler: ApiHandler, port = 0) =>
      promised<{ readonly address: Address; close(): void }>(clock, (done) => {
        server.serve({ host: serverHost, port }, handler, done);
      }),
    signal: () => {
      let raise = (): void => {};
      const raised = clock.promise<void>((resolve) => {
        raise = resolve;
      });
      return { raised, raise: () => raise() };
    },
    /** Long enough for the other end to notice an end: in turns, so that a machine that stalls cannot skip them. */
    settle: async () => {
      for (let turn = 0; turn < 5; turn++) await sleep(clock, 10);
    },
  };
}
