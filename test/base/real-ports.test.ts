import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../src/base/real/clock.ts';
import { realDisk } from '../../src/base/real/disk.ts';
import { tcpNetwork } from '../../src/base/real/network.ts';
import { httpRequestClient } from '../../src/base/real/request-client.ts';
import { httpRequestServer } from '../../src/base/real/request-server.ts';
import { tlsNetwork } from '../../src/base/real/tls-network.ts';
import { makeAuthority } from '../support/certificates.ts';
import { needsOpenssl } from '../support/needs.ts';
import { clockConformance } from './conformance/clock.ts';
import { diskConformance } from './conformance/disk.ts';
import { networkConformance } from './conformance/network.ts';
import { requestsConformance } from './conformance/requests.ts';

const clock = realClock();
const run = <T>(scenario: Promise<T>): Promise<T> => scenario;
const serverHost = '127.0.0.1';

clockConformance('realClock', () => ({ clock, run }));

diskConformance('realDisk', () => {
  const root = mkdtempSync(join(tmpdir(), 'raft-chaos-disk-'));
  return { clock, run, disk: realDisk(root), dispose: () => rmSync(root, { recursive: true }) };
});

networkConformance('tcpNetwork', () => {
  const network = tcpNetwork();
  return { clock, run, client: network, server: network, serverHost, dispose: () => {} };
});

if (needsOpenssl()) {
  const network = tlsNetwork(makeAuthority().member('node'));
  const subject = { clock, run, client: network, server: network, serverHost, dispose: () => {} };
  networkConformance('tlsNetwork', () => subject);
}

requestsConformance('HTTP', () => {
  const client = httpRequestClient(clock);
  return { clock, run, client, server: httpRequestServer(), serverHost, dispose: () => client.close() };
});
