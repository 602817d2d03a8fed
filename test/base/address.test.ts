import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/base/network.ts';

describe('an address', () => {
  it.each([
    ['n1:7000', { host: 'n1', port: 7000 }],
    ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
    ['node-1.raft_net.example:65535', { host: 'node-1.raft_net.example', port: 65_535 }],
    ['[::1]:7000', { host: '::1', port: 7000 }],
    ['[fe80::1%eth0]:7000', { host: 'fe80::1%eth0', port: 7000 }],
    ['[::ffff:10.0.0.1]:80', { host: '::ffff:10.0.0.1', port: 80 }],
  ])('%s is read, and written the same', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  it.each([
    ...[
      '',
      'n1',
      ':7000',
      'n1:',
      'n1:0',
      'n1:65536',
      'n1:07',
      'n1:-1',
      'n1:7e3',
      'n1:70000000',
      'n1:7000\n',
      ' n1:7000',
    ],
    ...['::1:7000', '[::1]', '[::1]7000', '[n1]:7000', '[]:7000', 'http://n1:7000', 'n1:7000/', 'n1,n2:7000'],
    `${'n'.repeat(255)}:7000`,
  ])('%j is refused, and the error says what to give', (text) => {
    const bad = {
      code: 'bad-address',
      message: expect.stringContaining('not the address'),
      remedy: expect.any(String),
    };
    expect(() => parseAddress(text)).toThrow(expect.objectContaining(bad));
  });

  it('is whatever is written back to the same text, or nothing', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[[\]:.%\w-]{0,12}:\d{0,6}$/));
    fc.assert(
      fc.property(text, (one) => {
        let address: ReturnType<typeof parseAddress>;
        try {
          address = parseAddress(one);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-address' });
          return;
        }
        expect(formatAddress(address)).toBe(one);
      }),
      { numRuns: 2000 },
    );
  });
});
