import { X509Certificate } from 'node:crypto';
import { createSecureContext, createServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { asChaosError, ChaosError } from '../errors.ts';
import type { Network } from '../network.ts';
import { socketNetwork } from './sockets.ts';

/** Each as PEM. */
export interface TlsOptions {
  /** The node's own certificate, followed by those between it and the authority, and its private key. */
  readonly certificate: string;
  readonly key: string;
  /** The certificates of the authorities that may sign others: best one that signs nothing but this cluster's. */
  readonly authority: string;
}

/**
 * TLS 1.3 in which both sides show a certificate of the authority. Its names are the names of nodes, not of hosts: whoever
 * uses a connection compares `peerNames` with whom it means to speak to.
 */
export function tlsNetwork(options: TlsOptions): Network {
  const secureContext = contextOf(options);
  const verification = { secureContext, rejectUnauthorized: true };
  return socketNetwork({
    connect: ({ host, port }) => tlsConnect({ host, port, ...verification, checkServerIdentity: () => undefined }),
    opened: 'secureConnect',
    createServer: (accept) => {
      const { certificate: cert, key, authority: ca } = options;
      const handshake = { minVersion: 'TLSv1.3', requestCert: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS } as const;
      return createServer({ cert, key, ca, ...handshake, rejectUnauthorized: true }, accept);
    },
    namesOf: (socket) => namesOf((socket as TLSSocket).getPeerX509Certificate()),
    toError: (error, context) => {
      const { code, message } = asChaosError(error, context);
      return new ChaosError(SYSTEM_CODE.test(code) ? code : 'untrusted', message, { cause: error });
    },
  });
}

const HANDSHAKE_TIMEOUT_MS = 5000;
/** As `ECONNRESET`; all other codes are of certificates and of the protocol that proves them. */
const SYSTEM_CODE = /^E[A-Z\d]+$/;

function contextOf({ certificate, key, authority }: TlsOptions) {
  try {
    // What is no certificate would be passed over here, and then nobody be trusted.
    new X509Certificate(authority);
    return createSecureContext({ cert: certificate, key, ca: authority, minVersion: 'TLSv1.3' });
  } catch (error) {
    throw new ChaosError('bad-certificate', `the certificates cannot be used: ${asChaosError(error, 'TLS').message}`, {
      remedy: 'Give the certificate, its own private key without a password, and the authority as PEM.',
      cause: error,
    });
  }
}

/**
 * The DNS names of the certificate, or its common name where it has none. OpenSSL quotes names that could be taken for
 * several: a certificate with one of these proves nothing.
 */
function namesOf(certificate: X509Certificate | undefined): readonly string[] {
  if (certificate === undefined || certificate.subjectAltName?.includes('"')) return [];
  const alternatives = certificate.subjectAltName?.split(', ') ?? [];
  const names = alternatives.filter((name) => name.startsWith(DNS)).map((name) => name.slice(DNS.length));
  const commonName: unknown = certificate.toLegacyObject().subject.CN;
  return names.length === 0 && typeof commonName === 'string' ? [commonName] : names;
}

const DNS = 'DNS:';
