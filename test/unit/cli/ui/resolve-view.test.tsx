import { render } from 'ink-testing-library';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ResolveView, type ResolveViewProps } from '../../../../src/cli/ui/resolve-view.js';
import { openState } from '../../../../src/cli/resolve/resolve-state.js';
import { sampleConflict, sampleSides } from '../../../support/sample-conflicts.js';

function open(names: readonly string[], load: ResolveViewProps['load'] = () => Promise.resolve(sampleSides('x\n', 'y\n'))) {
  const onLeave = vi.fn<ResolveViewProps['onLeave']>();
  const view = render(
    <ResolveView
      initial={openState(names.map((name) => sampleConflict(name)))}
      vault="notes"
      load={load}
      now={() => Date.parse('2026-11-22T15:00:00.000Z')}
      color={false}
      onLeave={onLeave}
    />,
  );
  onTestFinished(() => {
    view.unmount();
  });
  const shows = (text: string): Promise<string> =>
    vi.waitFor(() => {
      expect(view.lastFrame()).toContain(text);
      return view.lastFrame() ?? '';
    });
  return { onLeave, shows, press: (keys: string) => view.stdin.write(keys) };
}

describe('the interactive resolve', () => {
  it('scrolls a long list and stays within the screen', async () => {
    const { shows, press } = open(Array.from({ length: 100 }, (_, index) => `file ${String(index)}`));
    await shows('1–17 of 100');
    press('G');
    const screen = await shows('> ·       file 99');
    expect(screen.split('\n').length).toBeLessThanOrEqual(24);
    expect(screen).toContain('q quit');
  });

  it('shows both versions, takes a choice and asks before it is left for applying', async () => {
    const { onLeave, shows, press } = open(['todo.md']);
    await shows('todo.md');
    press('\r');
    const compared = await shows('- x');
    expect(compared).toContain('+ y');
    expect(compared).toMatch(/- ours {4}ada on laptop .* 2 B/);
    press('t');
    await shows('Chosen: keep the version of the other device');
    press('a');
    await shows('Settle 1 conflict?');
    expect(onLeave).not.toHaveBeenCalled();
    press('y');
    await vi.waitFor(() => {
      expect(onLeave).toHaveBeenCalledOnce();
    });
    const [leaving, state] = onLeave.mock.calls[0] ?? [];
    expect([leaving, [...(state?.decisions ?? [])]]).toEqual(['apply', [['todo.md copy', { choice: 'theirs' }]]]);
  });

  it('takes keys that come together, but lets no text that may be pasted confirm', async () => {
    const { onLeave, shows, press } = open(['a', 'b', 'c']);
    await shows('3 conflicts');
    press('otay');
    await shows('Settle 2 conflicts?');
    expect(onLeave).not.toHaveBeenCalled();
  });

  it('says why two versions cannot be compared, and spells out names that would redraw the screen', async () => {
    const { shows, press } = open(['a\u001b[2Jb'], () => Promise.reject(new Error('the server\u001b[1m cannot be reached')));
    await shows('a\\x1b[2Jb');
    press('\r');
    await shows('It cannot be compared: the server\\x1b[1m cannot be reached');
  });
});
