import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { promised, sleep } from '../../src/base/clock.ts';
import { formatAddress, type Network } from '../../src/base/network.ts';
import { realClock } from '../../src/base/real/clock.ts';
import { tcpNetwork } from '../../src/base/real/network.ts';
import { type TlsOptions, tlsNetwork } from '../../src/base/real/tls-network.ts';
import { PeerTransport } from '../../src/raft/transport/peer-transport.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { needsOpenssl } from '../support/needs.ts';

const clock = realClock();
const openssl = needsOpenssl();
const running: PeerTransport[] = [];

let authority: Authority;
let proofOfA: TlsOptions;
let proofOfB: TlsOptions;

beforeAll(() => {
  if (!openssl) return;
  authority = makeAuthority();
  proofOfA = authority.member('a');
  proofOfB = authority.member('b');
});

afterEach(() => {
  for (const transport of running.splice(0)) transport.stop();
});

interface Node {
  readonly id: string;
  readonly address: string;
  readonly transport: PeerTransport;
  readonly received: string[];
  readonly noticed: string[];
}

async function start(id: string, network: Network): Promise<Node> {
  let address = '';
  const noting: Network = {
    ...network,
    listen: (where, accept, done) =>
      network.listen(where, accept, (outcome) => {
        if (outcome.ok) address = formatAddress(outcome.value.address);
        done(outcome);
      }),
  };
  const listen = { host: '127.0.0.1', port: 0 };
  const transport = new PeerTransport(clock, noting, { clusterId: 'cluster', id, boot: 1, listen, address: `${id}:1` });
  running.push(transport);
  const received: string[] = [];
  const noticed: string[] = [];
  const events = {
    received: (from: string) => void received.push(from),
    sent: () => {},
    dropped: () => {},
    noticed: (what: string) => void noticed.push(what),
  };
  await promised<void>(clock, (done) => transport.start(events, done));
  return { id, address, transport, received, noticed };
}

/** The nodes send to each other until `happened`, and a while longer. */
async function talk(a: Node, b: Node, happened: () => boolean): Promise<void> {
  a.transport.setPeers([b], 0);
  b.transport.setPeers([a], 0);
  for (let turnsLeft = 20; turnsLeft > 0; turnsLeft -= happened() ? 1 : 0) {
    a.transport.send(b.id, { kind: 'timeout-now', term: 1 });
    b.transport.send(a.id, { kind: 'timeout-now', term: 1 });
    await sleep(clock, 10);
  }
}

const says = ({ noticed }: Node, what: RegExp): boolean => noticed.some((one) => what.test(one));

describe.skipIf(!openssl)('peers over TLS', () => {
  it.each(['alternative', 'common'] as const)('hear each other where both prove their %s names', async (naming) => {
    const a = await start('a', tlsNetwork(proofOfA));
    const b = await start('b', tlsNetwork(authority.member('b', naming)));
    await talk(a, b, () => a.received.length > 0 && b.received.length > 0);
    expect([a.noticed, b.noticed]).toEqual([[], []]);
  });

  it('do not hear who has a certificate of another authority, whichever of them connects', async () => {
    const a = await start('a', tlsNetwork(makeAuthority().member('a')));
    const b = await start('b', tlsNetwork(proofOfB));
    await talk(a, b, () => says(a, /^does not connect to b /) && says(b, /^does not connect to a /));
    expect([a.received, b.received]).toEqual([[], []]);
    expect([a.noticed.length, b.noticed.length], 'told once').toEqual([1, 1]);
  });

  it('do not hear who has the certificate of another node', async () => {
    const a = await start('a', tlsNetwork(authority.member('x')));
    const b = await start('b', tlsNetwork(proofOfB));
    await talk(a, b, () => says(a, /^is refused by b /) && b.noticed.length === 2);
    expect([a.received, b.received]).toEqual([[], []]);
    expect(b.noticed.toSorted()).toEqual([
      `does not connect to a at ${a.address}, whose certificate is of x`,
      'refused a, whose certificate is of x',
    ]);
  });

  it('do not hear who speaks without it, nor does that one hear them', async () => {
    const a = await start('a', tcpNetwork());
    const b = await start('b', tlsNetwork(proofOfB));
    await talk(a, b, () => says(a, /^refused a broken frame/));
    expect([a.received, b.received]).toEqual([[], []]);
  });

  it('do not speak to who shows no certificate', async () => {
    const b = await start('b', tlsNetwork(proofOfB));
    const port = Number(b.address.split(':')[1]);
    const socket: TLSSocket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    let heard = 0;
    socket.on('data', (bytes) => {
      heard += bytes.length;
    });
    const error = await new Promise<Error & { code?: string }>((resolve) => void socket.on('error', resolve));
    expect(error.code).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(heard).toBe(0);
    expect(b.noticed).toEqual([]);
  });

  it('speak TLS 1.3 and nothing older', async () => {
    const b = await start('b', tlsNetwork(proofOfB));
    const port = Number(b.address.split(':')[1]);
    const { certificate: cert, key, authority: ca } = proofOfA;
    const socket = tlsConnect({
      host: '127.0.0.1',
      port,
      cert,
      key,
      ca,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    });
    const error = await new Promise<Error & { code?: string }>((resolve) => void socket.on('error', resolve));
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });
});

describe.skipIf(!openssl)('the certificates', () => {
  it.each([
    ['no PEM', () => ({ certificate: 'none' })],
    ['the key of another', () => ({ key: proofOfB.key })],
    ['no authority', () => ({ authority: 'none' })],
  ])('are refused at once where there is %s', (_what, wrong) => {
    const options = { ...proofOfA, ...wrong() };
    expect(() => tlsNetwork(options)).toThrow(expect.objectContaining({ code: 'bad-certificate' }));
  });
});
