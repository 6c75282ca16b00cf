import { describe, expect, it } from 'vitest';
import { headline, printShortStatus, printStatus, waiting } from '../../../../src/cli/output/status-text.js';
import { createOutput } from '../../../../src/cli/output/output.js';
import { renderText } from '../../../../src/cli/output/text.js';
import type { PendingChange, StatusDocument } from '../../../../src/core/protocol/ipc.js';
import { fullStatus, sampleStatus } from '../../../support/sample-documents.js';

const now = Date.parse('2026-11-22T15:00:00.000Z');

function printed(print: (output: ReturnType<typeof createOutput>) => void): string {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  print(createOutput({ stdout: stream, stderr: stream, env: {}, now: () => now }, 'never'));
  return written.join('');
}

const title = (changes: Partial<StatusDocument>): string => renderText(headline(sampleStatus('/n', changes), now), false);
const pending = (upload: readonly PendingChange[], download: readonly PendingChange[]): StatusDocument['pending'] => ({
  upload,
  download,
  uploadCount: upload.length,
  downloadCount: download.length,
});
const added = (path: string, size: number): PendingChange => ({ path, change: 'added', size });

describe('the first line', () => {
  it('says how it stands in each state', () => {
    expect(title({})).toMatch(/^In sync with https:\/\/sync\.example\.org as of \S.* \(notes\)$/);
    expect(title({ lastSyncedAt: null })).toBe('In sync with https://sync.example.org (notes)');
    expect(title({ state: 'syncing', pending: pending([added('a', 12_582_912)], [added('b', 0)]) })).toBe(
      'Syncing: 1 file to upload (12 MiB), 1 to download (notes)',
    );
    expect(title({ state: 'syncing', pending: pending([], [added('b', 1024)]) })).toBe('Syncing: 1 file to download (1 KiB) (notes)');
    expect(title({ state: 'offline' })).toBe('Offline: https://sync.example.org cannot be reached; nothing waits here');
    expect(title({ state: 'paused' })).toBe('Paused: nothing waits here (notes)');
    expect(title({ state: 'guarded' })).toMatch(/^Held back: /);
    expect(title({ state: 'error' })).toMatch(/^Not syncing: /);
    expect(title({ state: 'conflicts', conflicts: fullStatus('/n').conflicts })).toMatch(/^1 conflict; all else is in sync /);
  });

  it('counts what is not listed, too', () => {
    expect(waiting({ pending: { upload: [added('a', 1)], download: [], uploadCount: 5000, downloadCount: 0 } })).toBe(
      '5000 files to upload (1 B)',
    );
  });
});

describe('the lists', () => {
  it('show at most twenty entries and say how many more there are', () => {
    const many = Array.from({ length: 30 }, (_, index) => added(`f${String(index)}`, 1));
    const text = printed((output) => {
      printStatus(output, sampleStatus('/n', { state: 'syncing', pending: pending(many, []) }), now);
    });
    expect(text.match(/^ {2}A {2}f/gm)).toHaveLength(20);
    expect(text).toContain('… and 10 more; see all with fsync status --json');
  });

  it('end with the next step', () => {
    for (const [state, step] of [
      ['paused', 'fsync resume'],
      ['error', 'fsync daemon logs'],
      ['guarded', 'fsync guard show'],
    ] as const) {
      const text = printed((output) => {
        printStatus(output, sampleStatus('/n', { state, reason: 'because' }), now);
      });
      expect(text.trimEnd().split('\n').at(-1)).toContain(step);
      expect(text).toContain('  because\n');
    }
  });

  it('end with what the daemon says about an error, rather than with the log', () => {
    const text = printed((output) => {
      printStatus(output, sampleStatus('/n', { state: 'error', reason: 'because', hint: 'Sign in again' }), now);
    });
    expect(text).toMatch(/ {2}because\nSign in again\n$/);
  });

  it('say where changes are noticed late, and what helps', () => {
    const text = printed((output) => {
      printStatus(output, sampleStatus('/n', { unwatched: { reason: 'watch-limit', directories: 2 } }), now);
    });
    expect(text).toContain('2 directories cannot be watched (watch-limit)');
    expect(text).toContain('fs.inotify.max_user_watches');
  });

  it('are one line a path in the short form, whatever the name', () => {
    const status = sampleStatus('/n', {
      pending: pending([added('z', 1), added('a\nD evil', 1)], []),
      unsyncable: [{ path: 'm', reason: 'x' }],
    });
    expect(
      printed((output) => {
        printShortStatus(output, status);
      }),
    ).toBe('U a\\nD evil\n! m\nU z\n');
  });
});
