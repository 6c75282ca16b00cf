/** Makes text from elsewhere (file names, device names, messages) safe to print on a terminal. */

/**
 * Control characters, line separators, marks that reorder text, and half surrogates: in a file name
 * they could move the cursor, colour the screen, fake a line or show one name as another.
 */
const UNSAFE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** `text` with every unsafe character spelled out: '\n', '\x1b', '\u202e'. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => NAMED.get(character) ?? spelledOut(character.charCodeAt(0)));
}

/** JSON text of one line that is pure data for every reader, the terminal included. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function spelledOut(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
