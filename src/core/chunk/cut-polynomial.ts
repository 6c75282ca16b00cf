/**
 * The secret polynomial of a vault's cut points, and the tables that Rabin's method needs for it.
 * Polynomials over GF(2) are bits of a bigint; P = x^64 + p is named by its low 64 bits p.
 */
import { uint32Bytes } from '../base/bytes.js';
import { deriveKey } from '../crypto/derive.js';

export const WINDOW_BYTES = 64;
const DEGREE = 64;
const MASK = (1n << 64n) - 1n;
const TOP = 1n << 63n;

/**
 * The first irreducible x^64 + p, where candidate number i = 0, 1, … has p = the 8 bytes (big
 * endian) of HKDF(seed, salt = u32 i, "fsync/v1/cut-candidate") with the lowest bit set. One in 32
 * fits. Irreducible, so that two different windows collide for few of the 2^58 polynomials only.
 */
export function cutPolynomial(seed: Uint8Array): bigint {
  for (let index = 0; ; index += 1) {
    const bytes = deriveKey(seed, 'cut-candidate', uint32Bytes(index));
    const candidate = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0) | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}

/** Rabin's test for degree 64, whose only prime factor is 2: x^(2^64) = x mod P, and x^(2^32) − x has no factor in common with P. */
export function isIrreducible(low: bigint): boolean {
  const squares = squareTable(low);
  let power = 2n;
  for (let index = 0; index < DEGREE; index += 1) {
    power = linear(squares, power);
    if (index === DEGREE / 2 - 1 && greatestCommonDivisor((1n << 64n) | low, power ^ 2n) !== 1n) return false;
  }
  return power === 2n;
}

/** i·x^64 mod P for each byte i: what the byte that leaves at the top turns into. */
export function pushTable(low: bigint): BigUint64Array {
  return byteTable(low, DEGREE);
}

/** i·x^512 mod P for each byte i: what a byte has become when it leaves the window. */
export function popTable(low: bigint): BigUint64Array {
  return byteTable(low, WINDOW_BYTES * 8);
}

function byteTable(low: bigint, exponent: number): BigUint64Array {
  let power = 1n;
  for (let index = 0; index < exponent; index += 1) power = timesX(power, low);
  const bits: bigint[] = [];
  for (let index = 0; index < 8; index += 1) {
    bits.push(power);
    power = timesX(power, low);
  }
  return BigUint64Array.from({ length: 256 }, (_, byte) => linear(bits, BigInt(byte)));
}

function timesX(value: bigint, low: bigint): bigint {
  return (value & TOP) === 0n ? value << 1n : ((value << 1n) & MASK) ^ low;
}

/** x^(2i) mod P for i below 64: squaring is linear, so these are all its values on one bit. */
function squareTable(low: bigint): bigint[] {
  const table: bigint[] = [];
  let power = 1n;
  for (let index = 0; index < DEGREE; index += 1) {
    table.push(power);
    power = timesX(timesX(power, low), low);
  }
  return table;
}

/** Applies a linear map, given by its images of x^0, x^1, … */
function linear(images: readonly bigint[], value: bigint): bigint {
  let sum = 0n;
  let rest = value;
  for (const image of images) {
    if (rest === 0n) break;
    if ((rest & 1n) === 1n) sum ^= image;
    rest >>= 1n;
  }
  return sum;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [dividend, divisor] = [a, b];
  while (divisor !== 0n) [dividend, divisor] = [divisor, remainder(dividend, divisor)];
  return dividend;
}

function remainder(dividend: bigint, divisor: bigint): bigint {
  const length = bitLength(divisor);
  let rest = dividend;
  for (let excess = bitLength(rest) - length; excess >= 0; excess = bitLength(rest) - length) rest ^= divisor << BigInt(excess);
  return rest;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
