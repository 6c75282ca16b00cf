import { render } from 'ink-testing-library';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StatusDocument } from '../../../../src/core/protocol/ipc.js';
import { WatchView, type WatchViewProps } from '../../../../src/cli/ui/watch-view.js';
import { openWatchState } from '../../../../src/cli/watch/watch-state.js';
import { fullStatus, sampleLog, sampleStatus } from '../../../support/sample-documents.js';

const now = () => Date.parse('2026-11-22T15:00:00.000Z');

function open(read: WatchViewProps['read'], props: Partial<WatchViewProps> = {}) {
  const onLeave = vi.fn<WatchViewProps['onLeave']>();
  const setPaused = vi.fn<WatchViewProps['setPaused']>(() => Promise.resolve());
  const readLog = (): ReturnType<WatchViewProps['readLog']> => Promise.resolve(sampleLog.entries);
  const shared = { initial: openWatchState(), now, color: false, read, readLog, setPaused, onLeave };
  const view = render(<WatchView {...shared} {...props} />);
  onTestFinished(() => {
    view.unmount();
  });
  const shows = (text: string | RegExp): Promise<string> =>
    vi.waitFor(() => {
      expect(view.lastFrame()).toMatch(text);
      return view.lastFrame() ?? '';
    });
  return { onLeave, setPaused, shows, press: (keys: string) => view.stdin.write(keys), screen: () => view.lastFrame() ?? '' };
}

describe('the live view', () => {
  it('shows the vaults, the history of the selected one and the keys within 24 rows', async () => {
    const photos = { ...sampleStatus('/p'), vault: { ...sampleStatus('/p').vault, name: 'photos' } };
    const { shows } = open(() => Promise.resolve([fullStatus('/home/me/notes'), photos]));
    const screen = await shows('gave grace (not verified) the role writer');
    expect(screen).toMatch(/> notes .*Syncing/);
    expect(screen).toMatch(/ {2}photos .*In sync/);
    expect(screen).toContain('p pause/resume  r resolve  l log  ? help  q quit');
    expect(screen.split('\n').length).toBeLessThanOrEqual(23);
    expect(screen.split('\n').every((line) => line.length <= 100)).toBe(true);
  });

  it('follows what changes', async () => {
    let state: StatusDocument['state'] = 'offline';
    const { shows } = open(() => Promise.resolve([sampleStatus('/n', { state })]));
    await shows('Offline');
    state = 'synced';
    await shows('In sync');
  });

  it('pauses a vault and tells what came of it', async () => {
    const { shows, press, setPaused } = open(() => Promise.resolve([sampleStatus('/n')]));
    await shows('In sync');
    press('p');
    await shows('Paused notes');
    expect(setPaused).toHaveBeenCalledWith('/n', true);
  });

  it('tells why a vault could not be paused', async () => {
    const refuse = { setPaused: () => Promise.reject(new Error('no such vault')) };
    const { shows, press } = open(() => Promise.resolve([sampleStatus('/n')]), refuse);
    await shows('In sync');
    press('p');
    await shows('Not paused: no such vault');
  });

  it('shows the history and the help, and comes back', async () => {
    const { shows, press } = open(() => Promise.resolve([sampleStatus('/n')]));
    await shows('In sync');
    press('l');
    expect(await shows('History of notes')).toMatch(/2 .* added a\.txt and 1 more/);
    press('?');
    await shows('leave; the daemon goes on syncing');
    press('?');
    await shows('In sync');
  });

  it.each([
    ['q', 'quit'],
    ['\u0003', 'interrupt'],
  ])('is left on %j with %s', async (key, leaving) => {
    const { onLeave, press, shows } = open(() => Promise.resolve([]));
    await shows('No folder on this device');
    press(key);
    await vi.waitFor(() => {
      expect(onLeave).toHaveBeenCalledWith(expect.objectContaining({ leaving }));
    });
  });

  it('is left with the error when the daemon is gone', async () => {
    const error = new Error('gone');
    const { onLeave } = open(() => Promise.reject(error));
    await vi.waitFor(() => {
      expect(onLeave).toHaveBeenCalledWith({ leaving: 'error', error });
    });
  });

  it('spells out what would redraw the screen', async () => {
    const { shows } = open(() => Promise.resolve([sampleStatus('/n', { unsyncable: [{ path: 'a\u001b[2Jb', reason: 'x' }] })]));
    await shows(/a\\x1b\[2Jb/);
  });
});
