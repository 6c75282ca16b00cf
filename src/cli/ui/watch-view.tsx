/** The live view of `status --watch`, drawn by ink on a screen of its own. */
import { Box, Text, useInput } from 'ink';
import { useEffect, useRef, useState, type Dispatch, type ReactElement, type SetStateAction } from 'react';
import type { LogEntry, StatusDocument } from '../../core/protocol/ipc.js';
import { dim, renderText, yellow, type Text as Line } from '../output/text.js';
import { watchKeyHelp, watchKeysOf } from '../watch/watch-keys.js';
import { logPage, watchLines } from '../watch/watch-lines.js';
import {
  pressWatchKey,
  selectedStatus,
  withLog,
  withNotice,
  withStatuses,
  type WatchLeaving,
  type WatchState,
  type WatchStep,
} from '../watch/watch-state.js';
import { showFullScreen, useSize } from './full-screen.js';

export interface WatchViewProps {
  readonly initial: WatchState;
  /** One entry a vault; rejects when the daemon cannot be reached. */
  readonly read: () => Promise<readonly StatusDocument[]>;
  /** The newest commits of the vault at this root, newest first. */
  readonly readLog: (root: string) => Promise<readonly LogEntry[]>;
  readonly setPaused: (root: string, paused: boolean) => Promise<void>;
  readonly now: () => number;
  readonly color: boolean;
  /** Called once. */
  readonly onLeave: (left: WatchLeft) => void;
}

export type WatchLeft =
  | { readonly leaving: WatchLeaving; readonly state: WatchState }
  /** What reading threw. */
  | { readonly leaving: 'error'; readonly error: unknown };

const POLL_MS = 250;
const LEAST_ROWS = 8;
/** Notice and keys. */
const FOOT_ROWS = 2;

/** Resolves when the view was left; the terminal is as before. */
export function runWatchView({ signal, ...props }: Omit<WatchViewProps, 'onLeave'> & { readonly signal: AbortSignal }): Promise<WatchLeft> {
  return showFullScreen<WatchLeft>({
    signal,
    aborted: () => ({ leaving: 'interrupt', state: props.initial }),
    view: (leave) => <WatchView {...props} onLeave={leave} />,
  });
}

export function WatchView({ initial, read, readLog, setPaused, now, color, onLeave }: WatchViewProps): ReactElement {
  const { columns, rows } = useSize(LEAST_ROWS);
  const [state, setState] = useState(initial);
  // Several keys may come before the next drawing.
  const current = useRef(state);
  current.current = state;
  // One row stays free: what fills the last one scrolls the screen.
  const body = rows - 1 - FOOT_ROWS;
  useInput((input, pressed) => {
    for (const key of watchKeysOf(input, pressed)) {
      const step = pressWatchKey(current.current, key, logPage(body));
      current.current = step.state;
      setState(step.state);
      if (step.pause !== null) void pauseAndTell(step.pause, setPaused, setState);
      if (step.leaving !== null) {
        onLeave({ leaving: step.leaving, state: step.state });
        return;
      }
    }
  });
  useEffect(() => poll(read, (statuses) => setState((before) => withStatuses(before, statuses, now())), onLeave), [read, now, onLeave]);
  useLog(state, readLog, setState);
  const lines = watchLines(state, { rows: body, columns, now: now() });
  return (
    <Box flexDirection="column" height={rows - 1} width={columns}>
      <Box flexDirection="column" flexGrow={1} overflow="hidden">
        <Lines lines={lines} color={color} />
      </Box>
      <Box flexDirection="column" flexShrink={0}>
        <Lines lines={[state.notice === null ? '' : yellow(state.notice), dim(watchKeyHelp(state))]} color={color} />
      </Box>
    </Box>
  );
}

function Lines({ lines, color }: { readonly lines: readonly Line[]; readonly color: boolean }): ReactElement {
  return (
    <>
      {lines.map((line, index) => (
        <Text key={index} wrap="truncate">
          {renderText(line, color) || ' '}
        </Text>
      ))}
    </>
  );
}

/** Reads again and again until it is told to stop; returns how to tell it. */
function poll(
  read: WatchViewProps['read'],
  show: (statuses: readonly StatusDocument[]) => void,
  onLeave: WatchViewProps['onLeave'],
): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    const statuses = await read();
    if (stopped) return;
    show(statuses);
    timer = setTimeout(start, POLL_MS);
  };
  const start = (): void => {
    round().catch((error: unknown) => {
      if (!stopped) onLeave({ leaving: 'error', error });
    });
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Reads the history of the selected vault when there is more of it. What cannot be read stays as it was. */
function useLog(state: WatchState, readLog: WatchViewProps['readLog'], setState: Dispatch<SetStateAction<WatchState>>): void {
  const status = selectedStatus(state);
  const root = status?.vault.root;
  const commit = status?.head.commit;
  useEffect(() => {
    if (root === undefined) return;
    let gone = false;
    readLog(root).then(
      (entries) => {
        if (!gone) setState((before) => withLog(before, root, entries));
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [root, commit, readLog, setState]);
}

async function pauseAndTell(
  { status, paused }: NonNullable<WatchStep['pause']>,
  setPaused: WatchViewProps['setPaused'],
  setState: Dispatch<SetStateAction<WatchState>>,
): Promise<void> {
  const { name, root } = status.vault;
  const told = await setPaused(root, paused).then(
    () => (paused ? `Paused ${name}; p goes on.` : `${name} goes on.`),
    (error: unknown) => `Not ${paused ? 'paused' : 'resumed'}: ${error instanceof Error ? error.message : String(error)}`,
  );
  setState((before) => withNotice(before, told));
}
