import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, withDirectory } from './command-line.ts';

const jsonl = [
  '{"index":0,"time":1,"type":"invoke","process":0,"f":"write","key":"x","value":9007199254740993}\n',
  '{"index":1,"time":2,"type":"ok","process":0,"f":"write","key":"x","value":9007199254740993}\n',
].join('');
const edn = [
  '{:index 0, :time 1, :type :invoke, :process 0, :f :write, :value ["x" 9007199254740993]}\n',
  '{:index 1, :time 2, :type :ok, :process 0, :f :write, :value ["x" 9007199254740993]}\n',
].join('');

it('writes a history in the form that is asked for, to standard output or a file, there and back', async () => {
  await withDirectory(async (directory) => {
    const [ours, theirs, back] = ['ours', 'theirs', 'back'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(ours, jsonl);
    expect(await run(['export', ours, '--format', 'edn'])).toEqual({ status: 0, stdout: edn, stderr: '' });
    expect(await run(['export', ours, '--format', 'edn', '--output', theirs])).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(theirs, 'utf8')).toBe(edn);
    expect((await run(['export', theirs, '--format', 'jsonl', '--output', back])).status).toBe(0);
    expect(readFileSync(back, 'utf8')).toBe(jsonl);
  });
});

it('takes the folder of a run, and warns of what is odd about its history', async () => {
  await withDirectory(async (directory) => {
    writeFileSync(join(directory, 'history.jsonl'), `${jsonl}{"index":2,"ty`);
    const { status, stdout, stderr } = await run(['export', directory, '--format', 'edn']);
    expect([status, stdout]).toEqual([0, edn]);
    expect(stderr).toContain('warning:');
    expect(stderr).toContain('was not written to its end');
  });
});

it('says what it cannot do', async () => {
  await withDirectory(async (directory) => {
    const file = join(directory, 'history');
    expect(await run(['export', file, '--format', 'edn'])).toMatchObject({
      status: 254,
      stderr: expect.stringContaining('no file or folder'),
    });
    writeFileSync(file, jsonl);
    expect((await run(['export', file])).status).toBe(254);
    const unwritable = await run(['export', file, '--format', 'edn', '--output', join(directory, 'missing', 'x')]);
    expect(unwritable).toMatchObject({ status: 255, stderr: expect.stringContaining('--output') });
    writeFileSync(file, '[{:type :invoke, :process 0, :f :read}\n {:type :ok, :process 0, :f :write}]');
    const malformed = await run(['export', file, '--format', 'jsonl']);
    expect(malformed).toMatchObject({ status: 254, stdout: '', stderr: expect.stringContaining('line 2, column 2') });
  });
});
