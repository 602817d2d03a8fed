import { assert } from './assert.ts';

/** CRC-32C (Castagnoli) of the bytes from `start` on, before `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let sum = ~0;
  let at = start;
  for (; at <= end - 8; at += 8) sum = eightBytes(bytes, at, sum);
  for (; at < end; at++) sum = table(0, (sum ^ byteAt(bytes, at)) & 0xff) ^ (sum >>> 8);
  return ~sum >>> 0;
}

const POLYNOMIAL_REFLECTED = 0x82f63b78;

/** Slicing by eight: `TABLES[256 * k + b]` is the effect of byte `b` after `k` further bytes have been taken in. */
const TABLES = buildTables();

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ POLYNOMIAL_REFLECTED;
    tables[byte] = sum;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (tables[before & 0xff] as number) ^ (before >>> 8);
  }
  assert(tables[1] === (0xf26b8303 | 0), 'the first table holds the sums of single bytes');
  return tables;
}

function table(after: number, byte: number): number {
  return TABLES[256 * after + byte] as number;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function eightBytes(bytes: Uint8Array, at: number, sum: number): number {
  return (
    table(7, (sum ^ byteAt(bytes, at)) & 0xff) ^
    table(6, ((sum >>> 8) ^ byteAt(bytes, at + 1)) & 0xff) ^
    table(5, ((sum >>> 16) ^ byteAt(bytes, at + 2)) & 0xff) ^
    table(4, (sum >>> 24) ^ byteAt(bytes, at + 3)) ^
    table(3, byteAt(bytes, at + 4)) ^
    table(2, byteAt(bytes, at + 5)) ^
    table(1, byteAt(bytes, at + 6)) ^
    table(0, byteAt(bytes, at + 7))
  );
}
