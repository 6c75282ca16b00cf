import { describe, expect, it } from 'vitest';
import { createOutput, type ColorChoice, type OutputStream } from '../../../../src/cli/output/output.js';
import { red } from '../../../../src/cli/output/text.js';

function recordingStream(isTTY: boolean): OutputStream & { readonly written: string[] } {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text) => written.push(text) };
}

interface World {
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly color?: ColorChoice;
}

function open({ tty = false, env = {}, color = 'auto' }: World) {
  const stdout = recordingStream(tty);
  const stderr = recordingStream(tty);
  let time = 0;
  const output = createOutput({ stdout, stderr, env, now: () => time }, color);
  return { output, stdout, stderr, sleep: (ms: number) => (time += ms) };
}

const transfer = (filesDone: number) =>
  ({
    kind: 'transfer',
    transfer: { direction: 'down', filesDone, filesTotal: 9, bytesDone: 0, bytesTotal: 10, bytesPerSecond: 0, etaMs: null },
  }) as const;

describe('colour', () => {
  it.each<[World, boolean]>([
    [{ tty: true }, true],
    [{ tty: false }, false],
    [{ tty: true, env: { NO_COLOR: '1' } }, false],
    [{ tty: true, env: { NO_COLOR: '' } }, true],
    [{ tty: true, env: { TERM: 'dumb' } }, false],
    [{ tty: false, color: 'always', env: { NO_COLOR: '1' } }, true],
    [{ tty: true, color: 'never' }, false],
  ])('for %j is %s', (world, expected) => {
    const { output, stdout } = open(world);
    output.line(red('x'));
    expect(stdout.written.join('').includes('\u001b')).toBe(expected);
  });
});

describe('progress', () => {
  it('redraws one line on a terminal at most ten times a second, cut to its width, and clears it before other output', () => {
    const { output, stderr, stdout, sleep } = open({ tty: true });
    output.event(transfer(1));
    sleep(99);
    output.event(transfer(2));
    sleep(1);
    output.event(transfer(3));
    output.line('done');
    output.note('bye');
    expect(stderr.written).toEqual([
      '\r\u001b[KDownloading 1 of 9 files, 0 B of 10 B',
      '\r\u001b[KDownloading 3 of 9 files, 0 B of 10 B',
      '\r\u001b[K',
      'bye\n',
    ]);
    expect(stdout.written).toEqual(['done\n']);
  });

  it('writes a plain line every five seconds at most when there is no terminal', () => {
    const { output, stderr, sleep } = open({});
    for (let second = 0; second < 12; second += 1) {
      output.event(transfer(second));
      sleep(1000);
    }
    expect(stderr.written).toEqual(['Downloading 5 of 9 files, 0 B of 10 B\n', 'Downloading 10 of 9 files, 0 B of 10 B\n']);
  });

  it('does not redraw a dumb terminal', () => {
    const { output, stderr, sleep } = open({ tty: true, env: { TERM: 'dumb' } });
    sleep(6000);
    output.event({ kind: 'phase', text: 'scanning\u001b[2J' });
    expect(stderr.written).toEqual(['scanning\\x1b[2J\n']);
  });

  it('says what is done, how much of it, how fast and for how long', () => {
    const { output, stderr } = open({ tty: true });
    const progress = { filesDone: 0, filesTotal: 1, bytesDone: 1_048_576, bytesTotal: 4_194_304, bytesPerSecond: 1_048_576, etaMs: 3_000 };
    output.event({ kind: 'work', verb: 'Checking', progress });
    expect(stderr.written).toEqual(['\r\u001b[KChecking 0 of 1 file, 1 MiB of 4 MiB, 1 MiB/s, 3 s left']);
  });

  it('never holds back a warning', () => {
    const { output, stderr } = open({});
    output.event({ kind: 'warning', text: 'mind this' });
    expect(stderr.written).toEqual(['warning: mind this\n']);
  });
});
