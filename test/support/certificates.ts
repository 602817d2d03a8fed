import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from '../../src/base/real/tls-network.ts';

export interface Authority {
  /** What a node of this name needs to take part: with the name as a DNS name, or only as the common name. */
  member(name: string, naming?: 'alternative' | 'common'): TlsOptions;
}

/** An authority of its own, made by openssl, which nobody else trusts. */
export function makeAuthority(): Authority {
  return inFolder((openssl, read) => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...curve, '-keyout', 'key', '-out', 'certificate', '-days', '1', '-subj', '/CN=authority');
    const [authority, authorityKey] = [read('certificate'), read('key')];
    return {
      member: (name, naming = 'alternative') =>
        inFolder((run, readMade, write) => {
          write('authority', authority);
          write('authority-key', authorityKey);
          write('extensions', naming === 'alternative' ? `subjectAltName=DNS:${name}` : 'basicConstraints=CA:FALSE');
          const subject = naming === 'alternative' ? '/O=raft-chaos' : `/CN=${name}`;
          run('req', ...curve, '-keyout', 'key', '-out', 'request', '-subj', subject);
          const signed = ['-CA', 'authority', '-CAkey', 'authority-key', '-CAcreateserial', '-days', '1'];
          run('x509', '-req', '-in', 'request', ...signed, '-extfile', 'extensions', '-out', 'certificate');
          return { certificate: readMade('certificate'), key: readMade('key'), authority };
        }),
    };
  });
}

function inFolder<T>(
  make: (
    openssl: (...words: string[]) => void,
    read: (file: string) => string,
    write: (file: string, text: string) => void,
  ) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'raft-chaos-certificates-'));
  try {
    return make(
      (...words) => void execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' }),
      (file) => readFileSync(join(folder, file), 'utf8'),
      (file, text) => writeFileSync(join(folder, file), text),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
