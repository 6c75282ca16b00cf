import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { isFsyncError } from '../../../src/core/base/errors.js';
import { ask, readSecretFromStdin } from '../../../src/cli/prompt.js';

function terminal() {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  const shown: string[] = [];
  return { stdin, raw, shown, stderr: { write: (text: string) => shown.push(text) }, signal: new AbortController().signal };
}

const HIDDEN = { text: 'Password', hidden: true, instead: 'FSYNC_PASSWORD' };
const SHOWN = { text: 'User', hidden: false, instead: '--user' };

describe('ask', () => {
  it('shows nothing of a hidden answer, and leaves the terminal as it was', async () => {
    const world = terminal();
    const answer = ask(world, HIDDEN);
    for (const keys of ['sec', 'ret', '\r']) world.stdin.write(keys);
    expect({ answer: await answer, shown: world.shown.join(''), raw: world.raw }).toEqual({
      answer: 'secret',
      shown: 'Password: \n',
      raw: [true, false],
    });
  });

  it('edits with backspace and Ctrl-U, and echoes what is not hidden', async () => {
    const world = terminal();
    const answer = ask(world, SHOWN);
    world.stdin.write('x\u0015ab\u007fc\u001b\n');
    expect({ answer: await answer, shown: world.shown.join('') }).toEqual({ answer: 'ac', shown: 'User: x\b \bab\b \bc\n' });
  });

  it.each(['\u0003', '\u0004'])('gives up on %j', async (key) => {
    const world = terminal();
    const answer = ask(world, HIDDEN);
    world.stdin.write(key);
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
    expect(world.raw).toEqual([true, false]);
  });

  it('gives up when the command is interrupted', async () => {
    const world = terminal();
    const controller = new AbortController();
    const answer = ask({ ...world, signal: controller.signal }, HIDDEN);
    controller.abort();
    await expect(answer).rejects.toSatisfy((error) => isFsyncError(error, 'aborted'));
  });

  it('asks nothing without a terminal and names what would have answered', async () => {
    const world = { ...terminal(), stdin: new PassThrough() };
    await expect(ask(world, HIDDEN)).rejects.toMatchObject({ code: 'usage', hints: ['Give it with FSYNC_PASSWORD.'] });
    expect(world.shown).toEqual([]);
  });
});

describe('readSecretFromStdin', () => {
  it('takes one line without its end', async () => {
    expect(await readSecretFromStdin(Readable.from(['se', 'cret\r\n']))).toBe('secret');
    expect(await readSecretFromStdin(Readable.from(['  with spaces  ']))).toBe('  with spaces  ');
  });

  it.each([[['']], [['\n']], [['two\nlines\n']], [['x'.repeat(5000)]]])('refuses what is no password', async (parts) => {
    await expect(readSecretFromStdin(Readable.from(parts))).rejects.toMatchObject({ code: 'usage' });
  });
});
