import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FollowedLog } from '../../../src/cli/followed-log.js';
import { openRotatingFile } from '../../../src/daemon/log/rotating-file.js';
import { tempFolder } from '../../support/temp-folder.js';

const KEPT = 5;

function logPath(): string {
  return join(tempFolder(), 'daemon.log');
}

function opened(path: string): FollowedLog {
  const log = FollowedLog.open(path);
  if (log === null) throw new Error('there is no log');
  return log;
}

describe('FollowedLog', () => {
  it('shows each line once and in order, however often the file is rotated between two looks', () => {
    const folder = tempFolder();
    let run = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: KEPT * 3 }), { minLength: 1, maxLength: 20 }), (bursts) => {
        run += 1;
        const path = join(folder, `${String(run)}.log`);
        // Three lines fill a file: a burst rotates it up to five times.
        const sink = openRotatingFile(path, { maxBytes: 3 * 'line 0000\n'.length, keep: KEPT });
        const log = opened(path);
        let written = 0;
        for (const burst of bursts) {
          const lines = Array.from({ length: burst }, () => `line ${String(written++).padStart(4, '0')}`);
          for (const line of lines) sink.write(`${line}\n`);
          expect(log.next()).toEqual(lines);
        }
        log.close();
        sink.close();
      }),
    );
  });

  it('goes on with what is left when more was written than is kept', () => {
    const path = logPath();
    const sink = openRotatingFile(path, { maxBytes: 'line 00\n'.length, keep: KEPT });
    sink.write('line 00\n');
    const log = opened(path);
    expect(log.tail()).toEqual(['line 00']);
    for (let index = 1; index <= 20; index += 1) sink.write(`line ${String(index).padStart(2, '0')}\n`);
    expect(log.next()).toEqual(['line 15', 'line 16', 'line 17', 'line 18', 'line 19', 'line 20']);
    sink.write('line 21\n');
    expect(log.next()).toEqual(['line 21']);
    log.close();
    sink.close();
  });

  it('waits for the end of a line, for a file that is away for a moment, and notices one that was emptied', () => {
    const path = logPath();
    writeFileSync(path, 'one\ntw');
    const log = opened(path);
    expect(log.tail()).toEqual(['one']);
    appendFileSync(path, 'o\n');
    expect(log.next()).toEqual(['two']);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'three\n');
    expect(log.next()).toEqual(['three']);
    rmSync(`${path}.1`);
    expect(log.next()).toEqual([]);
    writeFileSync(path, 'four\n');
    expect(log.next()).toEqual(['four']);
    truncateSync(path, 0);
    expect(log.next()).toEqual([]);
    appendFileSync(path, 'five\n');
    expect(log.next()).toEqual(['five']);
    log.close();
  });

  it('is null where there is no log', () => {
    expect(FollowedLog.open(logPath())).toBeNull();
  });
});
