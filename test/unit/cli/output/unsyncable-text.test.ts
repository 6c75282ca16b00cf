import { describe, expect, it } from 'vitest';
import { unsyncableText } from '../../../../src/cli/output/unsyncable-text.js';

describe('why something cannot be synced', () => {
  it.each([
    { path: 'run.sock', reason: 'special-file', text: 'a socket, a pipe or a device' },
    { path: 'd/new\nline', reason: 'invalid-name', text: 'its name has a control character' },
    { path: `d/${'x'.repeat(256)}`, reason: 'invalid-name', text: 'its name is too long' },
    { path: 'd/.FSYNC', reason: 'invalid-name', text: 'its name is reserved' },
    { path: '\\up', reason: 'invalid-name', text: 'its name would lead out of the folder on Windows' },
    { path: 'bad-\\xff', reason: 'invalid-name', text: 'its name or what it links to is not UTF-8' },
    { path: 'x', reason: 'of-a-newer-daemon', text: 'of-a-newer-daemon' },
  ])('$reason of $path', ({ path, reason, text }) => {
    expect(unsyncableText({ path, reason })).toBe(text);
  });
});
