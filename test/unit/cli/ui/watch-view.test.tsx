import { render } from 'ink-testing-library';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StatusDocument } from '../../../../src/core/protocol/ipc.js';
import { WatchView, type WatchViewProps } from '../../../../src/cli/ui/watch-view.js';
import { fullStatus, sampleStatus } from '../../../support/sample-documents.js';

const now = () => Date.parse('2026-11-22T15:00:00.000Z');

function open(read: WatchViewProps['read']) {
  const onEnd = vi.fn<WatchViewProps['onEnd']>();
  const view = render(<WatchView read={read} now={now} color={false} onEnd={onEnd} />);
  onTestFinished(() => {
    view.unmount();
  });
  return { onEnd, stdin: view.stdin, screen: () => view.lastFrame() ?? '' };
}

describe('the live view', () => {
  it('shows each vault with its state, transfer, conflicts and problems', async () => {
    const other: StatusDocument = sampleStatus('/home/me/photos', {
      vault: { ...sampleStatus('/p').vault, name: 'photos', root: '/home/me/photos' },
    });
    const { screen } = open(() => Promise.resolve([fullStatus('/home/me/notes'), other]));
    await vi.waitFor(() => {
      expect(screen()).toContain('photos');
    });
    const text = screen();
    for (const part of [
      'notes /home/me/notes',
      'Syncing: 2 files to upload (3.9 KiB), 1 to download (notes)',
      '███░░',
      ' 8 %',
      'C todo.md',
      '! run.sock: special-file',
      'In sync with https://sync.example.org',
      'q quits',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('follows what changes', async () => {
    let state: StatusDocument['state'] = 'offline';
    const { screen } = open(() => Promise.resolve([sampleStatus('/n', { state })]));
    await vi.waitFor(() => {
      expect(screen()).toContain('Offline');
    });
    state = 'synced';
    await vi.waitFor(() => {
      expect(screen()).toContain('In sync');
    });
  });

  it.each([
    ['q', 0],
    ['\u0003', 130],
  ])('ends on %j with %i', async (key, exit) => {
    const { onEnd, stdin, screen } = open(() => Promise.resolve([]));
    await vi.waitFor(() => {
      expect(screen()).toContain('No folder on this device');
    });
    stdin.write(key);
    await vi.waitFor(() => {
      expect(onEnd).toHaveBeenCalledWith({ exit });
    });
  });

  it('ends with the error when the daemon is gone', async () => {
    const error = new Error('gone');
    const { onEnd } = open(() => Promise.reject(error));
    await vi.waitFor(() => {
      expect(onEnd).toHaveBeenCalledWith({ error });
    });
  });

  it('spells out what would redraw the screen', async () => {
    const { screen } = open(() => Promise.resolve([sampleStatus('/n', { unsyncable: [{ path: 'a\u001b[2Jb', reason: 'x' }] })]));
    await vi.waitFor(() => {
      expect(screen()).toContain('a\\x1b[2Jb');
    });
  });
});
