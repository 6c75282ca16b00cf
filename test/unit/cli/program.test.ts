import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram, type ParsedCommand } from '../../../src/cli/program.js';

async function parse(argv: readonly string[]): Promise<{ command: ParsedCommand | null; printed: string; error: CommanderError | null }> {
  let command: ParsedCommand | null = null;
  let printed = '';
  let error: CommanderError | null = null;
  const program = createProgram(argv, {
    version: '1.2.3',
    print: (text) => (printed += text),
    complain: (text) => (printed += text),
    run: (parsed) => {
      command = parsed;
      return Promise.resolve();
    },
  });
  await program.parseAsync(argv, { from: 'user' }).catch((thrown: unknown) => {
    if (!(thrown instanceof CommanderError)) throw thrown;
    error = thrown;
  });
  return { command, printed, error };
}

describe('the program', () => {
  it('takes global options before and after the command, and the nearest wins', async () => {
    for (const argv of [
      ['-C', '/x', '--color', 'never', 'status', '--json'],
      ['status', '-C', '/x', '--json', '--color', 'never'],
      ['-C', '/y', 'status', '-C/x', '--color=never', '--json'],
    ]) {
      const { command } = await parse(argv);
      expect(command).toMatchObject({ spec: { name: 'status' }, options: { C: '/x', color: 'never', json: true } });
    }
    expect((await parse(['daemon', '-C', '/x', 'status'])).command).toMatchObject({
      spec: { name: 'daemon status' },
      options: { C: '/x' },
    });
  });

  it('collects operands, also after --', async () => {
    expect((await parse(['resolve', 'a', '--ours', 'b', '--', '--theirs'])).command).toMatchObject({
      operands: ['a', 'b', '--theirs'],
      options: { ours: true },
    });
  });

  it('prints help and version and runs nothing', async () => {
    expect(await parse(['--version'])).toMatchObject({ command: null, printed: '1.2.3\n', error: { exitCode: 0 } });
    for (const argv of [['--help'], ['help']]) expect((await parse(argv)).printed).toMatch(/^Usage: fsync COMMAND[\s\S]+ {2}daemon run /);
    for (const argv of [
      ['status', '--help'],
      ['help', 'status'],
      ['status', '-h'],
    ]) {
      expect(await parse(argv)).toMatchObject({ command: null, printed: expect.stringMatching(/^Usage: fsync status \[PATH\]/) as string });
    }
    expect((await parse(['help', 'daemon'])).printed).toMatch(/^Usage: fsync daemon COMMAND/);
    expect((await parse(['daemon', 'run', '--help'])).printed).toMatch(/^Usage: fsync daemon run/);
  });

  it('suggests what was meant', async () => {
    expect((await parse(['comfig'])).error?.message).toContain('Did you mean config?');
    expect((await parse(['daemon', 'log'])).error?.message).toContain('Did you mean logs?');
    expect((await parse(['sync', '--onec'])).error?.message).toContain('Did you mean --once?');
  });
});
