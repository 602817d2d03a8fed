import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { assert, present } from '../../src/base/assert.ts';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { type PlaceAnswer, placeAt } from '../../src/model/explorer/answers.ts';
import { type Explorer, serveExplorer } from '../../src/model/explorer/server.ts';
import type { Model } from '../../src/model/model.ts';
import { fingerprintsOf } from '../../src/model/path.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { defaultScope } from '../../src/model/raft/scope.ts';
import { twoPhaseCommit } from '../../src/model/two-phase-commit.ts';
import { ballGame, hostile } from './ball-game.ts';

const bounds = { depth: 6, timeMs: 10_000, memoryBytes: 2 ** 28 };
const open: Explorer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((explorer) => explorer.close()));
});

async function serve<State, Action>(model: Model<State, Action>, depth = bounds.depth): Promise<Explorer> {
  const explorer = await serveExplorer(model, { port: 0, bounds: { ...bounds, depth }, command: 'explore it' });
  open.push(explorer);
  return explorer;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function get(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

/** Goes where the action with these words leads, from step to step. */
function walk<State, Action>(model: Model<State, Action>, ...words: string[]): PlaceAnswer {
  let place = placeAt(model, []);
  for (const wanted of words) {
    const action = place.actions.find((candidate) => candidate.words === wanted);
    if (action === undefined) throw new Error(`no ${wanted} among ${place.actions.map((other) => other.words)}`);
    place = placeAt(model, [...place.path.map((step) => step.fingerprint), action.fingerprint]);
  }
  return place;
}

describe('a place in a model', () => {
  it('is the only initial state at first', () => {
    const place = placeAt(ballGame(), []);
    expect(place.path.map((step) => step.words)).toEqual(['the beginning']);
    expect(place.state).toMatchObject({ kind: 'view', nodes: [{ name: 'Ann', status: 'holds' }, { status: 'waits' }] });
    expect(place).toMatchObject({ before: null, changes: [], diagram: null, withinBoundary: true });
  });

  it('is none where there are several to begin with', () => {
    const place = placeAt(ballGame({ starts: 2 }), []);
    expect(place).toMatchObject({ path: [], state: null });
    expect(place.actions.map((action) => action.words)).toEqual([
      'begin in state 1: 0 passes; the ball is with Ann',
      `begin in state 2: 0 passes; the ball is with ${hostile}`,
    ]);
    const chosen = placeAt(ballGame({ starts: 2 }), [place.actions[1]?.fingerprint ?? '']);
    expect(chosen.state).toMatchObject({ nodes: [{ status: 'waits' }, { status: 'holds' }] });
  });

  it.each([false, true])('leads each action where it says, in a real model, symmetry %s', (symmetry) => {
    const model = raftModel({ ...defaultScope, symmetry });
    const [first] = placeAt(model, []).actions;
    const leading = walk(model, first?.words ?? '', `${first?.words.slice(0, 2)}: its disk has synced its write`);
    for (const place of [placeAt(model, []), leading]) {
      expect(place.actions.length).toBeGreaterThan(1);
      for (const { words, same, fingerprint } of place.actions) {
        const next = placeAt(model, [...place.path.map((step) => step.fingerprint), fingerprint]);
        expect([words, ...same]).toContain(next.path.at(-1)?.words);
        expect(next.path.slice(0, -1)).toEqual(place.path);
      }
    }
  });

  it('hides what changes nothing, joins what leads to the same, marks what goes back', () => {
    const first = placeAt(ballGame(), []);
    expect(first.actions.map(({ words, same }) => [words, same])).toEqual([
      ['throw!', ['toss!']],
      ['fall!', []],
    ]);
    expect(first.idle).toBe(4);
    const fallen = walk(ballGame(), 'fall!');
    expect(fallen.actions).toMatchObject([{ words: 'rise!', backTo: 0, lifeline: 0, kind: 'recover' }]);
    const last = walk(ballGame(), 'throw!', 'miss!');
    expect(last.actions).toEqual([]);
  });

  it('marks what is outside the boundary, and goes there all the same', () => {
    const model = ballGame({ mostPasses: 0 });
    const flying = walk(model, 'throw!');
    expect(flying.actions).toMatchObject([
      { words: 'catch!', withinBoundary: false },
      { words: 'miss!', withinBoundary: true },
    ]);
    expect(walk(model, 'throw!', 'catch!').withinBoundary).toBe(false);
  });

  it('says since when properties are decided', () => {
    const rally = ['throw!', 'catch!', 'throw!', 'catch!', 'throw!'];
    expect(walk(ballGame(), ...rally).properties).toMatchObject([
      { name: 'No Second Pass', holds: false, decidedAt: 4 },
      { name: 'First Pass', holds: true, decidedAt: 2 },
      { name: 'Tenth Pass', holds: false, decidedAt: null },
      { name: 'Thrown', holds: true, decidedAt: 1 },
    ]);
  });

  it('says in words what a step has changed', () => {
    expect(walk(ballGame(), 'throw!').changes).toEqual(['Ann: holds → waits', `sent Ann → ${hostile}: ball`]);
    const model = raftModel({ ...defaultScope, symmetry: false });
    expect(walk(model, 'n2: election time-out').changes).toEqual([
      'n2: follower → candidate',
      'n2: term 0 → 1',
      'n2: vote none → n2',
      'n2: votes none yet',
    ]);
  });

  it('shows lines where a model says no more', () => {
    const place = walk(twoPhaseCommit({ managers: 2, symmetry: false }), 'prepare, manager 1');
    expect(place.state).toEqual({
      kind: 'lines',
      lines: [
        'coordinator: waiting, has sent no decision',
        'manager 1: prepared, its message is on its way',
        'manager 2: working',
      ],
    });
    expect(place.changes).toEqual(['manager 1: prepared, its message is on its way']);
    expect(place.actions.every(({ lifeline, kind }) => lifeline === null && kind === null)).toBe(true);
    expect(place.diagram).toBe(null);
  });
});

describe('the server', () => {
  it('serves the page and lets nothing but its own parts take effect', async () => {
    const { url } = await serve(ballGame());
    const page = await get(url);
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; style-src/);
    expect(page.body).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it('answers for a path by its fingerprints, and for the search', async () => {
    const { url } = await serve(twoPhaseCommit({ managers: 2, symmetry: false }));
    const first = JSON.parse((await get(`${url}api/state`)).body) as PlaceAnswer;
    const path = [first.path[0]?.fingerprint, first.actions[0]?.fingerprint].join('/');
    const second = JSON.parse((await get(`${url}api/state/${path}`)).body) as PlaceAnswer;
    expect(second.path.at(-1)?.words).toBe(first.actions[0]?.words);
    await expect.poll(async () => JSON.parse((await get(`${url}api/search`)).body)).toMatchObject({ status: 'depth' });
    expect(JSON.parse((await get(`${url}api/model`)).body)).toEqual({
      name: 'two-phase commit, 2 resource managers',
      command: 'explore it',
      lifelines: [],
    });
  });

  it.each([
    ['text that is no fingerprint', 'api/state/xyz', 400, 'bad-path', 'no fingerprint'],
    ['an empty part', 'api/state/0123456789abcdef//0123456789abcdef', 400, 'bad-path', 'no fingerprint'],
    ['markup', 'api/state/%3Cscript%3E', 400, 'bad-path', 'no fingerprint'],
    ['a path the model does not have', 'api/state/0123456789abcdef', 400, 'no-such-path', 'no such path'],
    ['a path that is too long', `api/state/${Array(1001).fill('0123456789abcdef').join('/')}`, 400, 'bad-path', '1000'],
    ['another address', 'etc/passwd', 404, 'not-found', '/api/state'],
    ['another way to go on', 'api/state/../../x', 404, 'not-found', '/api/state'],
  ])('refuses %s', async (_title, path, status, code, words) => {
    const { url } = await serve(ballGame());
    const reply = await get(url + path);
    expect(reply.status).toBe(status);
    const { error } = JSON.parse(reply.body) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(reply.body).not.toMatch(/\n\s+at |\.ts:/);
  });

  it('answers whoever asks loopback by name or number, through a tunnel too', async () => {
    const { url } = await serve(ballGame());
    const { host } = new URL(url);
    for (const name of [host, 'localhost:9000', 'LOCALHOST', '[::1]:80', '127.0.0.1']) {
      expect((await get(url, { host: name })).status, name).toBe(200);
      expect((await get(url, { host: name, origin: `http://${name}` })).status, name).toBe(200);
    }
  });

  it.each([
    ['a name that has been given the address of this machine', { host: 'evil.example:7238' }, 'bad-host'],
    ['a name that only begins like loopback', { host: '127.0.0.1.evil.example' }, 'bad-host'],
    ['another page', { origin: 'http://evil.example' }, 'bad-origin'],
    ['another page of this machine', { origin: 'http://127.0.0.1:1' }, 'bad-origin'],
    ['a page without an origin of its own', { origin: 'null' }, 'bad-origin'],
  ])('does not answer %s', async (_title, headers: Record<string, string>, code) => {
    const { url } = await serve(ballGame());
    for (const path of ['', 'api/state', 'api/search']) {
      const reply = await get(url + path, headers);
      expect(reply.status).toBe(403);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code } });
    }
  });

  it('has nothing to be changed', async () => {
    const { url } = await serve(ballGame());
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await get(url, {}, method)).status).toBe(405);
  });

  it('says so where its port is taken', async () => {
    const { url } = await serve(ballGame());
    const port = Number(new URL(url).port);
    const second = serveExplorer(ballGame(), { port, bounds, command: '' });
    await expect(second).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining('--port'),
    });
  });

  it.each(['an invariant', 'the properties'])(
    'answers that the model failed where %s does, and lives on',
    async (what) => {
      const sound = ballGame({ mostPasses: 20 });
      const breaks = (): never => assert(false, 'the ball is somewhere') as never;
      const broken: typeof sound =
        what === 'an invariant'
          ? { ...sound, next: (state, action) => (state.passes === 1 ? breaks() : sound.next(state, action)) }
          : { ...sound, properties: sound.properties.map((property) => ({ ...property, holds: breaks })) };
      const { url } = await serve(broken);
      await expect
        .poll(async () => JSON.parse((await get(`${url}api/search`)).body).words)
        .toMatch(/^Ended: the model failed: the ball is somewhere/);
      const path = searchBreadthFirst({ ...sound, properties: [sound.properties[1] as (typeof sound.properties)[0]] });
      const fingerprints =
        what === 'an invariant' ? fingerprintsOf(sound, present(path.findings[0]?.path, 'seen')) : [];
      const reply = await get(`${url}api/state/${fingerprints.join('/')}`);
      expect(reply.status).toBe(500);
      expect(JSON.parse(reply.body)).toEqual({
        error: { code: 'model-failed', message: 'the model failed: the ball is somewhere' },
      });
      expect((await get(`${url}api/model`)).status).toBe(200);
    },
  );

  it('says so where the path that the search found is not in the model again', async () => {
    const sound = ballGame();
    let asked = 0;
    const fickle: typeof sound = { ...sound, initialStates: () => (asked++ === 0 ? sound.initialStates() : []) };
    const { url } = await serve(fickle);
    await expect.poll(async () => (await get(`${url}api/search`)).status).toBe(500);
    expect((await get(`${url}api/model`)).status).toBe(200);
  });

  it('stays alive while it searches', async () => {
    const { url } = await serve(raftModel({ ...defaultScope, nodes: 4, symmetry: false }), 100);
    const beganMs = performance.now();
    const replies = await Promise.all(Array.from({ length: 20 }, () => get(`${url}api/search`)));
    expect(replies.map((reply) => reply.status)).toEqual(Array(20).fill(200));
    expect(JSON.parse((await get(`${url}api/search`)).body)).toMatchObject({ status: 'searching' });
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });
});
