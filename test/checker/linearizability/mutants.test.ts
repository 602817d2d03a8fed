import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultSemantics } from '../../../src/checker/linearizability/model.ts';
import { linearizableByPlainSearch } from './brute-force.ts';
import { compared, type Subject } from './differential.ts';
import type { Size } from './random-histories.ts';

/** A rule of the search made wrong, in the text of its file, and histories that show it. */
interface Mutant {
  readonly fault: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  /** Of the histories. */
  readonly size?: Size;
}

const mutants: readonly Mutant[] = [
  {
    fault: 'an unread write counts as happened just before a cas',
    file: 'configuration.ts',
    from: 'if (this.overwrites[call] === 1) this.#freeBlind();',
    to: 'if (this.observes[call] === 0) this.#freeBlind();',
    kind: 'cas-register',
  },
  {
    fault: 'of configurations, one that allows less stands for one that allows more',
    file: 'memo.ts',
    from: '((may[word] as number) & ~(chunk[sets + word] as number)) === 0',
    to: '((chunk[sets + word] as number) & ~(may[word] as number)) === 0',
    kind: 'cas-register',
    size: { operations: 24, clients: 5 },
  },
  {
    fault: 'the call that completes next can wait',
    file: 'candidates.ts',
    from: '&& call !== first && !(overwrites && firstIsDue)',
    to: '&& !(overwrites && firstIsDue)',
    kind: 'cas-register',
  },
  {
    fault: 'a call that overwrites can wait though one must be overwritten now',
    file: 'candidates.ts',
    from: 'call !== first && !(overwrites && firstIsDue)',
    to: 'call !== first',
    kind: 'cas-register',
  },
  {
    fault: 'after an overwrite that nobody saw, not even calls that do not overwrite come',
    file: 'candidates.ts',
    from: 'if (overwrites && here.invoked(call) < unseenSince) continue;',
    to: 'if (here.invoked(call) < unseenSince) continue;',
    kind: 'cas-register',
  },
  {
    fault: 'an overwrite that was seen counts as unseen',
    file: 'search.ts',
    from: 'const unseen = here.overwrites[call] === 1 && !observed;',
    to: 'const unseen = here.overwrites[call] === 1;',
    kind: 'cas-register',
  },
  {
    fault: 'a state is given up though another call can bring it back',
    file: 'needs.ts',
    from: 'if (this.#given[state] !== 0) return false;',
    to: '',
    kind: 'cas-register',
  },
  {
    fault: 'no call that brings about a state is let go',
    file: 'needs.ts',
    from: 'return to === none || to === state || this.#needed[to] === 0 || (this.#given[to] as number) > 1;',
    to: 'return to === none || to === state;',
    kind: 'cas-register',
  },
  {
    fault: 'only calls that ask for one state see it',
    file: 'candidates.ts',
    from: 'if (transitions.step(state, action[call] as number) !== none) return true;',
    to: 'if (asks === null) return true;',
    kind: 'cas-register',
  },
  {
    fault: 'what nobody looks for is dropped though a failed cas may need it',
    file: 'models/register.ts',
    from: 'for (let settled = anyDiffers || !anyMayHave; !settled; )',
    to: 'for (let settled = !anyMayHave; !settled; )',
    kind: 'cas-register',
  },
  {
    fault: 'a string only grows, whatever a cas does',
    file: 'outlook.ts',
    from: 'overwrites[call] === 1 || (observes[call] === 0 && isBlind[call] === 0)',
    to: 'overwrites[call] === 1',
    kind: 'kv-append, cas',
  },
  {
    fault: 'what had completed before another began may come after it',
    file: 'timeline.ts',
    from: '(calls[next] as Call<unknown>).invoked < time; next++',
    to: '(calls[next] as Call<unknown>).invoked < time + 2; next++',
    kind: 'register',
  },
  {
    fault: 'calls of a stretch come in any order',
    file: 'stretches.ts',
    from: '|| (all > 1 && !mayComeNext(problem.calls, number, way.done, from, end))',
    to: '',
    kind: 'cas-register',
  },
  {
    fault: 'ways to one state count as the same whatever has happened',
    file: 'stretches.ts',
    from: 'other.done === done && ',
    to: '',
    kind: 'cas-register',
  },
  {
    fault: 'a stretch ends though a call before the last is open',
    file: 'stretches.ts',
    from: 'if (completed > latest) latest = completed;',
    to: 'latest = completed;',
    kind: 'cas-register',
  },
];

const quickWays: readonly Mutant[] = [
  {
    fault: 'zones that overlap are passed over',
    file: 'unique/register.ts',
    from: '(this.#begin[former] as number) > (this.#end[next] as number)',
    to: 'former === next',
    kind: 'register',
  },
  {
    fault: 'a backward zone within a forward one is passed over',
    file: 'unique/register.ts',
    from: 'if (zoneEnd > end)',
    to: 'if (zoneEnd > end + 4)',
    kind: 'register',
  },
  {
    fault: 'every queue is out of order',
    file: 'unique/queue.ts',
    from: '(firstOut[incoming] as number) > (lastOut[outgoing] as number)',
    to: '(firstOut[incoming] as number) > 4',
    kind: 'fifo-queue, unique',
  },
  {
    fault: 'a greater value goes out though a smaller one is there',
    file: 'unique/priority-queue.ts',
    from: 'free.cover((lastIn[one] as number) + 1, (outAt[one] as number) - 1);',
    to: '',
    kind: 'priority-queue, unique',
  },
  {
    fault: 'any value can lie below all others',
    file: 'unique/stack.ts',
    from: '(firstIn[value] as number) <= begin && (stays ||',
    to: '(stays ||',
    kind: 'stack, unique',
  },
];

const source = resolve(import.meta.dirname, '../../../src');
const work = resolve(import.meta.dirname, '../../../node_modules/.mutants');
mkdirSync(work, { recursive: true });
const root = mkdtempSync(join(work, 'of-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The checker with the fault, loaded from a copy of its sources. */
async function subjectWith({ file, from, to }: Mutant, name: string): Promise<Subject> {
  const copy = join(root, name);
  for (const folder of ['base', 'history', 'checker']) {
    cpSync(join(source, folder), join(copy, folder), { recursive: true });
  }
  const folder = join(copy, 'checker/linearizability');
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text.split(from)).toHaveLength(2);
  writeFileSync(join(folder, file), text.replace(from, to));
  const parts = ['calls', 'search', 'decide', 'models'].map((part) => import(join(folder, `${part}.ts`)));
  return Object.assign({}, ...(await Promise.all(parts))) as Subject;
}

const small: Size = { operations: 10, clients: 4 };
const most = 12_000;

describe('the fuzz finds a search with a wrong rule', () => {
  it.each(mutants.map((mutant, number) => ({ ...mutant, number })))('$fault', async ({ number, ...mutant }) => {
    const subject = await subjectWith(mutant, `wrong-${number}`);
    const judge = () =>
      compared(
        mutant.kind,
        defaultSemantics,
        mutant.size ?? small,
        { first: 1, count: most },
        linearizableByPlainSearch,
        subject,
      );
    expect(judge).toThrow();
  });
});

describe('a quick way that errs is not believed', () => {
  it.each(quickWays.map((mutant, number) => ({ ...mutant, number })))('$fault', async ({ number, ...mutant }) => {
    const subject = await subjectWith(mutant, `quick-${number}`);
    for (let seed = 1; seed <= 600; seed++) {
      const count = 1;
      const outcome = verdictOf(() =>
        compared(mutant.kind, defaultSemantics, small, { first: seed, count }, linearizableByPlainSearch, subject),
      );
      expect(outcome).not.toMatch(/should be/);
    }
  });
});

function verdictOf(judge: () => unknown): string {
  try {
    judge();
    return '';
  } catch (thrown) {
    return String(thrown);
  }
}
