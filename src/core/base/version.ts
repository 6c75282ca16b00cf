/** Version of this program; a test holds it equal to package.json. */
export const VERSION = '0.1.0';

/** Is `a` an earlier release than `b`? Three numbers each; what follows them does not count, and what is no version is not earlier. */
export function isOlderVersion(a: string, b: string): boolean {
  const [one, other] = [numbersOf(a), numbersOf(b)];
  if (one === null || other === null) return false;
  const index = one.findIndex((number, at) => number !== other[at]);
  return index >= 0 && (one[index] ?? 0) < (other[index] ?? 0);
}

function numbersOf(version: string): readonly number[] | null {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+]|$)/.exec(version);
  return match === null ? null : match.slice(1).map(Number);
}
