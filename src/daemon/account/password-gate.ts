/**
 * What is asked of a new password. Whoever runs the server can guess against its own OPAQUE key at
 * the speed of Argon2id, so the strength of the password is the strength of the account.
 */
import { FsyncError } from '../../core/base/errors.js';

const LEAST_LENGTH = 8;
const GOOD_BITS = 50;
const COMMON = /^(pass(word|wort)?|qwerty|qwertz|azerty|asdf|letmein|welcome|admin|iloveyou|monkey|dragon|secret|login|changeme|abc|123)/i;

/**
 * A warning for people, or null when there is nothing to say. Neither holds any part of the password.
 * @throws FsyncError invalid_input for one that is too short
 */
export function checkNewPassword(password: string, user: string): string | null {
  if (Array.from(password).length < LEAST_LENGTH) {
    throw new FsyncError('invalid_input', `the password has fewer than ${String(LEAST_LENGTH)} characters`, {
      hints: ['Five random words are easy to keep and hard to guess.'],
    });
  }
  return guessBits(password, user) < GOOD_BITS ? 'this password can be guessed; five random words would be much stronger' : null;
}

/** A rough upper bound of the entropy: alphabet and length, less for repetition, runs and well-known words. */
function guessBits(password: string, user: string): number {
  let rest = password;
  if (user !== '' && rest.toLowerCase().includes(user.toLowerCase())) rest = rest.toLowerCase().replaceAll(user.toLowerCase(), '');
  rest = rest.replace(COMMON, '');
  const characters = Array.from(rest);
  const surprising = characters.filter((character, index) => !isExpected(character, characters[index - 1]));
  return surprising.length * Math.log2(Math.max(2, alphabetSize(rest)));
}

/** The same character again, or its neighbour in the alphabet. */
function isExpected(character: string, before: string | undefined): boolean {
  return before !== undefined && Math.abs((character.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)) <= 1;
}

function alphabetSize(text: string): number {
  const classes: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    [/[^ -~]/, 100],
  ];
  return classes.reduce((sum, [pattern, size]) => (pattern.test(text) ? sum + size : sum), 0);
}
