import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cutTable } from '../../src/cluster/docker/cut-table.ts';
import { connectEngine } from '../../src/cluster/docker/engine.ts';
import { clusterLabels, describeOwner, labelNames, ownerState } from '../../src/cluster/docker/labels.ts';
import {
  addressAt,
  formatSubnet,
  overlaps,
  parseSubnet,
  type Subnet,
  subnetOfAddress,
  subnetSizeFor,
} from '../../src/cluster/docker/subnet.ts';
import { untar } from '../../src/cluster/docker/untar.ts';

describe('subnets', () => {
  const subnet = (text: string) => parseSubnet(text) as Subnet;

  it.each(['10.9.0.0/28', '0.0.0.0/0', '255.255.255.255/32', '192.168.128.0/17'])('reads and writes %s', (text) => {
    expect(formatSubnet(subnet(text))).toBe(text);
  });

  it.each(['10.9.0.0', '10.9.0.0/33', '10.9.0.1/28', '10.9.256.0/24', '10.9.0/24', 'fd00::/64', '', '10.9.0.0/28 '])(
    'refuses %j',
    (text) => expect(parseSubnet(text)).toBeNull(),
  );

  it('has room for the nodes beside network, gateway and broadcast', () => {
    expect([1, 13, 14, 29, 30].map(subnetSizeFor)).toEqual([16, 16, 32, 32, 64]);
    expect(addressAt(subnet('10.222.255.240/28'), 2)).toBe('10.222.255.242');
  });

  it('tells what overlaps', () => {
    expect(overlaps(subnet('10.9.0.0/24'), subnet('10.9.0.240/28'))).toBe(true);
    expect(overlaps(subnet('10.9.0.240/28'), subnet('10.9.0.0/24'))).toBe(true);
    expect(overlaps(subnet('10.9.0.0/28'), subnet('10.9.0.16/28'))).toBe(false);
    expect(subnetOfAddress('10.9.0.77/24')).toEqual(subnet('10.9.0.0/24'));
  });
});

describe('the table of cuts', () => {
  const link = { from: 'a', to: 'b' };
  const back = { from: 'b', to: 'a' };

  it('keeps a link cut until the last fault that cut it is healed', () => {
    const table = cutTable();
    table.add('one', [link, back]);
    table.add('two', [{ ...link }]);
    expect(table.links()).toEqual([link, back]);
    table.remove('one');
    expect(table.links()).toEqual([link]);
    table.remove('one');
    table.remove('two');
    expect(table.links()).toEqual([]);
  });

  it('adds to what the same fault has cut', () => {
    const table = cutTable();
    table.add('one', [link]);
    table.add('one', [back]);
    expect(table.links()).toEqual([link, back]);
    table.clear();
    expect(table.links()).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('the owner in a label', () => {
  const label = clusterLabels('run', 'cluster')[labelNames.owner] as string;
  const other = (change: object) => JSON.stringify({ ...JSON.parse(label), ...change });

  it('is alive as long as that very process runs', async () => {
    expect(ownerState(label)).toBe('alive');
    expect(describeOwner(label)).toContain(`process ${process.pid} on `);
    expect(ownerState(other({ startedTicks: '1' }))).toBe('dead');
    const { pid } = spawnSync('true');
    expect(ownerState(other({ pid }))).toBe('dead');
  });

  it('is unknown where this process cannot look', () => {
    expect(ownerState(other({ boot: 'another' }))).toBe('unknown');
    expect(ownerState(other({ pidNamespace: 'pid:[1]' }))).toBe('unknown');
    expect(ownerState(other({ boot: '' }))).toBe('unknown');
    expect(ownerState('garbage')).toBe('unknown');
    expect(ownerState(undefined)).toBe('unknown');
  });
});

describe('unpacking an archive', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'raft-chaos-test-'));
    mkdirSync(join(directory, 'in/deep'), { recursive: true });
    mkdirSync(join(directory, 'out'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const write = (name: string, content: string | Buffer) => writeFileSync(join(directory, 'in', name), content);
  const read = (name: string) => readFileSync(join(directory, 'out', name));
  const pack = (format: string) => spawn('tar', [`--format=${format}`, '-c', '-C', join(directory, 'in'), '.']).stdout;
  const place = (path: string) => join(directory, 'out', path);

  it.each(['ustar', 'gnu', 'pax'])('gives back every file of a %s archive', async (format) => {
    // Beyond 100 bytes: ustar has a field for the directories, but takes no name of more; the others have a record.
    const long = format === 'ustar' ? `${'d'.repeat(90)}/${'n'.repeat(90)}` : `${'d'.repeat(120)}/${'n'.repeat(190)}`;
    mkdirSync(dirname(join(directory, 'in', long)));
    const big = Buffer.alloc(300_000, 'abc');
    write('empty', '');
    write('small', 'x'.repeat(512));
    write(long, 'long name');
    write('deep/big', big);
    await untar(pack(format), place);
    expect(read('empty')).toHaveLength(0);
    expect(read('small').toString()).toBe('x'.repeat(512));
    expect(read(long).toString()).toBe('long name');
    expect(read('deep/big').equals(big)).toBe(true);
  });

  it('leaves out what has no place', async () => {
    write('wanted', 'yes');
    write('other', 'no');
    await untar(pack('gnu'), (path) => (path.endsWith('wanted') ? place('here') : null));
    expect(read('here').toString()).toBe('yes');
    expect(() => read('other')).toThrow('ENOENT');
  });

  it('keeps what came before an archive breaks off', async () => {
    write('only', 'y'.repeat(5000));
    const whole = execFileSync('tar', ['-c', '-C', join(directory, 'in'), 'only']);
    async function* torn() {
      yield whole.subarray(0, 700);
      yield whole.subarray(700, 512 + 3000);
    }
    await untar(torn(), place);
    expect(read('only').toString()).toBe('y'.repeat(3000));
  });
});

describe('an engine that is not there', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('is reported with the way to get one', async () => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nowhere/docker.sock');
    await expect(connectEngine()).rejects.toMatchObject({
      code: 'no-engine',
      message: expect.stringContaining('/nowhere/docker.sock'),
      remedy: expect.stringContaining('apt-get install docker.io'),
    });
  });
});
