/** The interactive `fsync resolve`, drawn by ink on a screen of its own: it collects choices and applies nothing. */
import { Box, useInput } from 'ink';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type { ConflictStatus } from '../../core/protocol/ipc.js';
import type { ConflictSides } from '../resolve/conflict-sides.js';
import { keysOf } from '../resolve/resolve-keys.js';
import { press, selectedConflict, withSides, type Leaving, type ResolveState } from '../resolve/resolve-state.js';
import { comparisonLines } from './comparison.js';
import { showFullScreen, useSize } from './full-screen.js';
import { ConfirmScreen, ConflictScreen, Foot, ListScreen } from './resolve-screens.js';

export interface ResolveViewProps {
  readonly initial: ResolveState;
  readonly vault: string;
  readonly load: (conflict: ConflictStatus) => Promise<ConflictSides>;
  readonly now: () => number;
  readonly color: boolean;
  readonly onLeave: (leaving: Leaving, state: ResolveState) => void;
}

export interface Left {
  readonly leaving: Leaving;
  readonly state: ResolveState;
}

/** Resolves when the view was left; the terminal is as before. */
export function runResolveView({ signal, ...props }: Omit<ResolveViewProps, 'onLeave'> & { readonly signal: AbortSignal }): Promise<Left> {
  return showFullScreen<Left>({
    signal,
    aborted: () => ({ leaving: 'interrupt', state: props.initial }),
    view: (leave) => <ResolveView {...props} onLeave={(leaving, state) => leave({ leaving, state })} />,
  });
}

/** Lines that are not the list or the comparison: title, its empty line, head of a comparison, foot. */
const LIST_FRAME = 6;
const COMPARISON_FRAME = 8;
const LEAST_ROWS = COMPARISON_FRAME + 3;

export function ResolveView({ initial, vault, load, now, color, onLeave }: ResolveViewProps): ReactElement {
  const size = useSize(LEAST_ROWS);
  const [state, setState] = useState(initial);
  // Several keys may come before the next drawing.
  const current = useRef(state);
  current.current = state;
  const conflict = selectedConflict(state);
  const sides = conflict === undefined ? undefined : state.sides.get(conflict.copy);
  const lines = sides === undefined ? [] : comparisonLines(sides, size.columns);
  const page = Math.max(1, size.rows - 1 - (state.screen === 'conflict' ? COMPARISON_FRAME : LIST_FRAME));
  useInput((input, pressed) => {
    for (const key of keysOf(input, pressed)) {
      const step = press(current.current, key, { page, lines: lines.length });
      current.current = step.state;
      setState(step.state);
      if (step.leaving !== null) {
        onLeave(step.leaving, step.state);
        return;
      }
    }
  });
  const missing = state.screen === 'conflict' && sides === undefined ? conflict : undefined;
  useEffect(() => {
    if (missing === undefined) return;
    let gone = false;
    load(missing).then(
      (loaded) => {
        if (!gone) setState((before) => withSides(before, missing.copy, loaded));
      },
      (error: unknown) => {
        const notice = `It cannot be compared: ${error instanceof Error ? error.message : String(error)}`;
        if (!gone) setState((before) => ({ ...before, notice }));
      },
    );
    return () => {
      gone = true;
    };
  }, [missing, load]);
  const shared = { state, now: now(), color, page };
  return (
    <Box flexDirection="column" height={size.rows - 1} width={size.columns}>
      <Box flexDirection="column" flexGrow={1} overflow="hidden">
        {state.screen === 'list' && <ListScreen {...shared} vault={vault} columns={size.columns} />}
        {state.screen === 'conflict' && conflict !== undefined && (
          <ConflictScreen {...shared} conflict={conflict} sides={sides ?? null} lines={lines} />
        )}
        {state.screen === 'confirm' && <ConfirmScreen {...shared} />}
      </Box>
      <Foot state={state} color={color} />
    </Box>
  );
}
