import { assert } from '../base/assert.ts';

/** 64 bits as two 32-bit integers: the high one, the low one. Arrays of them are made once and written again and again. */
export type Fingerprint = Int32Array;

export function newFingerprint(): Fingerprint {
  return new Int32Array(2);
}

/** A fingerprint as people and links see it: 16 hexadecimal digits. */
export function fingerprintText(high: number, low: number): string {
  return hex(high) + hex(low);
}

export function fingerprintOfText(text: string): Fingerprint {
  assert(/^[0-9a-f]{16}$/.test(text), () => `a fingerprint has 16 hexadecimal digits, not ${text}`);
  return Int32Array.of(Number.parseInt(text.slice(0, 8), 16), Number.parseInt(text.slice(8), 16));
}

/** Spreads every bit of a 32-bit integer over all of them; one to one (the finalizer of MurmurHash3 by Appleby). */
export function mix(value: number): number {
  let mixed = value;
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The end of a hash: every bit of either half comes to depend on all of both. */
export function finish(high: number, low: number, into: Fingerprint): void {
  const first = mix(high ^ Math.imul(low, 0x27d4eb2f));
  const second = mix(low + first);
  into[0] = first ^ mix(second);
  into[1] = second;
}

/** The fingerprint of the same state with something more to tell it by. */
export function withSalt(fingerprint: Fingerprint, salt: number): void {
  if (salt !== 0) finish((fingerprint[0] as number) ^ mix(salt), fingerprint[1] as number, fingerprint);
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}
