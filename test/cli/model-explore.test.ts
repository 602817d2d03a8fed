import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { run, start } from './command-line.ts';

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

describe('raft-chaos model explore', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its address, serves the model asked for, and ends with %s',
    async (signal) => {
      const port = await freePort();
      const running = start([
        'model',
        'explore',
        '--model',
        'two-phase-commit',
        '--nodes',
        '4',
        '--port',
        String(port),
      ]);
      await running.saying('Ctrl-C');
      const model = (await (await fetch(`http://127.0.0.1:${port}/api/model`)).json()) as {
        name: string;
        command: string;
      };
      expect(model).toMatchObject({
        name: 'two-phase commit, 4 resource managers',
        command: `raft-chaos model explore --model two-phase-commit --nodes 4 --port ${port}`,
      });
      running.kill(signal);
      const { status, stdout } = await running.finished;
      expect(stdout).toBe(`http://127.0.0.1:${port}/\n`);
      expect(status).toBe(0);
    },
  );

  it('explores Raft with the scope asked for, symmetry off', async () => {
    const port = await freePort();
    const running = start(['model', 'explore', '--nodes', '2', '--crashes', '0', '--port', String(port)]);
    await running.saying('Ctrl-C');
    const place = (await (await fetch(`http://127.0.0.1:${port}/api/state`)).json()) as {
      actions: { words: string }[];
    };
    expect(place.actions.map(({ words }) => words)).toEqual(['n1: election time-out', 'n2: election time-out']);
    running.kill('SIGINT');
    expect((await running.finished).status).toBe(0);
  });

  it('says so where the port is taken: status 255', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    const { status, stdout, stderr } = await run(['model', 'explore', '--port', String(port)]);
    server.close();
    expect(stderr).toContain(`port ${port} of 127.0.0.1 is taken`);
    expect(stderr).toContain('--port 0');
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(status).toBe(255);
  });

  it.each([
    [['--port', '70000'], '--port'],
    [['--depth', '0'], '--depth'],
    [['--time', 'soon'], 'soon'],
    [['--memory', 'much'], '--memory'],
    [['--nodes', '0'], '--nodes'],
  ])('refuses %j: status 254', async (words, problem) => {
    const { status, stderr } = await run(['model', 'explore', ...words]);
    expect(stderr).toContain(problem);
    expect(status).toBe(254);
  });
});
