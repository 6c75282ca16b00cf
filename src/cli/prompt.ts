/** Questions on the terminal. Nothing is asked when stdin is not one: the command names what would have answered. */
import { FsyncError } from '../core/base/errors.js';
import type { OutputStream } from './output/output.js';

/** The part of stdin that is used here. */
export interface PromptInput extends AsyncIterable<unknown> {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (part: Buffer | string) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'data', listener: (part: Buffer | string) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface PromptDeps {
  readonly stdin: PromptInput;
  readonly stderr: OutputStream;
  readonly signal: AbortSignal;
}

export interface Question {
  readonly text: string;
  /** The answer is not shown. */
  readonly hidden: boolean;
  /** What the person could have given instead: '--user or FSYNC_USER'. */
  readonly instead: string;
}

/** @throws FsyncError usage when stdin is not a terminal; aborted on Ctrl-C and Ctrl-D */
export async function ask(deps: PromptDeps, question: Question): Promise<string> {
  const { stdin, stderr } = deps;
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) {
    throw new FsyncError('usage', `${question.text.toLowerCase()} is missing, and there is no terminal to ask on`, {
      hints: [`Give it with ${question.instead}.`],
    });
  }
  // Raw mode first: what is typed as soon as the prompt is seen must not be shown by the terminal.
  stdin.setRawMode(true);
  try {
    stderr.write(`${question.text}: `);
    return await readLine(deps, question.hidden);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

/** All of stdin without the last line end. @throws FsyncError usage when it is empty or not one line */
export async function readSecretFromStdin(stdin: PromptInput): Promise<string> {
  let text = '';
  for await (const part of stdin) {
    text += String(part);
    if (text.length > MAX_SECRET) break;
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '' || secret.length > MAX_SECRET || secret.includes('\n')) {
    throw new FsyncError('usage', 'stdin holds no password of one line', {
      hints: ['For example: pass show fsync | fsync login --password-stdin'],
    });
  }
  return secret;
}

const MAX_SECRET = 1024;

/** Reads keys in raw mode: the terminal shows nothing by itself and sends Ctrl-C as a character. */
function readLine({ stdin, stderr, signal }: PromptDeps, hidden: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = [];
    const done = (finish: () => void): void => {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      signal.removeEventListener('abort', onEnd);
      finish();
    };
    const onEnd = (): void => {
      done(() => {
        reject(new FsyncError('aborted', 'interrupted'));
      });
    };
    const onData = (part: Buffer | string): void => {
      for (const key of String(part)) {
        if (key === '\r' || key === '\n') {
          done(() => {
            resolve(typed.join(''));
          });
          return;
        }
        if (key === '\u0003' || (key === '\u0004' && typed.length === 0)) {
          onEnd();
          return;
        }
        const next = edited(typed, key);
        if (!hidden) stderr.write(echo(typed, next));
        typed = next;
      }
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
}

/** Backspace and Ctrl-U edit; other control keys do nothing. */
function edited(typed: readonly string[], key: string): readonly string[] {
  if (key === '\u007f' || key === '\b') return typed.slice(0, -1);
  if (key === '\u0015') return [];
  return key < ' ' ? typed : [...typed, key];
}

function echo(before: readonly string[], after: readonly string[]): string {
  if (after.length > before.length) return after.at(-1) ?? '';
  return '\b \b'.repeat(before.length - after.length);
}
