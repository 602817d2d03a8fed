import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../src/checker/faults.ts';
import { checkGuards } from '../../src/checker/guards.ts';
import { NemesisScript } from './nemesis-script.ts';

function guardsOf(script: NemesisScript) {
  return checkGuards(script.history, faultsOf(script.history));
}

describe('valid', () => {
  test('a success during a fault that leaves a quorum', () => {
    const script = new NemesisScript();
    script.start('partition-1');
    script.at(4).success();
    script.stop('partition-1');
    const result = guardsOf(script);
    expect(result.valid).toBe(true);
    expect(result.stats).toMatchObject({ fairWindows: 1, succeededInFairWindows: 1, effectiveFaults: 1 });
  });

  test('without any fault, a success is enough', () => {
    const script = new NemesisScript();
    script.success();
    expect(guardsOf(script).valid).toBe(true);
  });

  test('a single fault without effect is named', () => {
    const script = new NemesisScript();
    script.success();
    script.start('partition-1', { effective: false }).at(4).stop('partition-1', false);
    script.start('partition-2').at(8).success().stop('partition-2');
    const result = guardsOf(script);
    expect(result.valid).toBe(true);
    expect(result.reason).toContain('without effect: partition (of partition-1)');
    expect(result.stats).toMatchObject({ withoutEffect: ['partition (of partition-1)'] });
  });

  test.each([
    ['too short', (script: NemesisScript) => script.start('p-1').at(2).stop('p-1')],
    [
      'long in being undone',
      (script: NemesisScript) => script.start('p-1').at(2).beginStop('p-1').at(9).endStop('p-1'),
    ],
    ['leaves no quorum', (script: NemesisScript) => script.start('p-1', { leavesQuorum: false }).at(9).stop('p-1')],
    [
      'is joined by one that leaves no quorum',
      (script: NemesisScript) =>
        script.start('p-1').at(2).start('k-1', { leavesQuorum: false }).at(8).stop('k-1').at(9).stop('p-1'),
    ],
    [
      'is joined by one that leaves none, and was not seen to take effect',
      (script: NemesisScript) =>
        script
          .start('p-1')
          .at(2)
          .start('m-1', { leavesQuorum: false, effective: false })
          .at(8)
          .stop('m-1', false)
          .at(9)
          .stop('p-1'),
    ],
    [
      'is joined by one that leaves none while that is being injected',
      (script: NemesisScript) =>
        script.beginStart('m-1', { leavesQuorum: false }).start('p-1').at(9).stop('p-1').endStart('m-1').stop('m-1'),
    ],
    [
      'is joined by one that leaves none while that is being undone',
      (script: NemesisScript) =>
        script.start('m-1', { leavesQuorum: false }).beginStop('m-1').start('p-1').at(9).stop('p-1').endStop('m-1'),
    ],
    [
      'follows one that leaves none and could not be undone',
      (script: NemesisScript) =>
        script.start('m-1', { leavesQuorum: false }).stopInVain('m-1').start('p-1').at(9).stop('p-1'),
    ],
    ...(
      [
        ['another that hits others', { hit: ['n1', 'n2'] }, { hit: ['n3'] }],
        ['another that hits the node which bridges it', { hit: [], hub: 'n3' }, { hit: ['n3'] }],
        ['another that goes through another node', { hit: [], hub: 'n3' }, { hit: [], hub: 'n4' }],
      ] as const
    ).map(([what, one, other]): [string, (script: NemesisScript) => void] => [
      `leaves no quorum together with ${what}`,
      (script) =>
        script
          .start('p-1', { reach: { ...one, nodeCount: 5 } })
          .start('k-1', { reach: { ...other, nodeCount: 5 } })
          .at(9)
          .stop('k-1')
          .stop('p-1'),
    ]),
  ])('no success is due during a fault that %s', (_, plant) => {
    const script = new NemesisScript();
    script.success();
    plant(script);
    const result = guardsOf(script);
    expect(result.valid).toBe(true);
    expect(result.stats).toMatchObject({ fairWindows: 0 });
  });
});

test.each([
  [{ hit: ['n1'] }, { hit: ['n2'] }],
  [{ hit: ['n1', 'n2'] }, { hit: ['n2'] }],
  [
    { hit: ['n1'], hub: 'n3' },
    { hit: ['n1', 'n2'], hub: 'n3' },
  ],
])('a success is due during two faults that leave a quorum together (%j and %j)', (one, other) => {
  const script = new NemesisScript();
  script.success();
  script.start('p-1', { reach: { ...one, nodeCount: 5 } }).start('k-1', { reach: { ...other, nodeCount: 5 } });
  script.at(9).stop('k-1').stop('p-1');
  expect(guardsOf(script)).toMatchObject({ valid: 'unknown', stats: { fairWindows: 2 } });
});

describe('unknown', () => {
  test('no operation succeeded', () => {
    const script = new NemesisScript();
    script.client('broadcast', 'info').client('broadcast', 'fail');
    expect(guardsOf(script)).toMatchObject({
      valid: 'unknown',
      reason: expect.stringContaining('no operation succeeded'),
    });
  });

  test('a read that one node answers alone is no success', () => {
    const script = new NemesisScript();
    script.client('deliveries', 'ok');
    expect(guardsOf(script).valid).toBe('unknown');
  });

  test('no fault took effect', () => {
    const script = new NemesisScript();
    script.start('partition-1', { effective: false }).success().at(5).stop('partition-1', false);
    expect(guardsOf(script)).toMatchObject({
      valid: 'unknown',
      reason: 'no fault took effect: partition (of partition-1)',
    });
  });

  test('what a fault from elsewhere did is not known, and nothing is held against it', () => {
    const script = new NemesisScript();
    script.record({ process: 'nemesis', type: 'invoke', f: 'start-partition', value: 'majority' });
    script.record({ process: 'nemesis', type: 'info', f: 'start-partition', value: ['isolated', { n1: ['n2'] }] });
    expect(guardsOf(script.success())).toMatchObject({ valid: true, stats: { faults: 1, withoutEffect: [] } });
  });

  test.each(['before its end', 'to the end of the history'])('no success during a fault that lasts: %s', (end) => {
    const script = new NemesisScript();
    script.success().start('partition-1').client('broadcast', 'info').at(5).client('broadcast', 'info');
    if (end === 'before its end') script.stop('partition-1').success();
    expect(guardsOf(script)).toMatchObject({
      valid: 'unknown',
      reason: 'no operation succeeded during 1 fault that left a quorum connected',
    });
  });

  test('a success that began before the fault, or ended while it was undone, does not count', () => {
    const script = new NemesisScript();
    const early = script.begin('broadcast');
    script.start('partition-1');
    script.end(early, 'ok').at(5);
    const late = script.begin('broadcast');
    script.beginStop('partition-1').end(late, 'ok').endStop('partition-1');
    expect(guardsOf(script).valid).toBe('unknown');
  });
});
