/** A view, drawn by ink, on a screen of its own: the terminal is as before when it is left, however that happens. */
import { render, useStdout } from 'ink';
import { useEffect, useState, type ReactElement } from 'react';
import type { Size } from './comparison.js';

const ENTER_SCREEN = '\u001b[?1049h\u001b[H';
/** Some terminals keep the styles of the other screen. */
const LEAVE_SCREEN = '\u001b[0m\u001b[?1049l';

export interface FullScreenOptions<T> {
  readonly signal: AbortSignal;
  /** How it was left when the signal ends it. */
  readonly aborted: () => T;
  /** The view is left by calling `leave`. */
  readonly view: (leave: (outcome: T) => void) => ReactElement;
}

/** Resolves to how the view was left. */
export async function showFullScreen<T>({ signal, aborted, view }: FullScreenOptions<T>): Promise<T> {
  const { stdout } = process;
  const leaveScreen = (): void => void stdout.write(LEAVE_SCREEN);
  let onAbort = (): void => undefined;
  stdout.write(ENTER_SCREEN);
  process.once('exit', leaveScreen);
  try {
    return await new Promise<T>((resolve) => {
      const leave = (outcome: T): void => {
        shown.unmount();
        resolve(outcome);
      };
      const shown = render(view(leave), { exitOnCtrlC: false, maxFps: 30 });
      onAbort = () => leave(aborted());
      signal.addEventListener('abort', onAbort, { once: true });
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    process.off('exit', leaveScreen);
    leaveScreen();
  }
}

/** Of the terminal, also after it was resized; never fewer rows than `leastRows`. */
export function useSize(leastRows: number): Size {
  const { stdout } = useStdout();
  const [size, setSize] = useState<Size>(() => sizeOf(stdout, leastRows));
  useEffect(() => {
    const follow = (): void => setSize(sizeOf(stdout, leastRows));
    stdout.on('resize', follow);
    return () => {
      stdout.off('resize', follow);
    };
  }, [stdout, leastRows]);
  return size;
}

/** A terminal that does not know its size says 0. */
function sizeOf({ columns, rows }: Partial<Size>, leastRows: number): Size {
  return {
    columns: columns === undefined || columns < 20 ? 80 : columns,
    rows: rows === undefined || rows < 1 ? 24 : Math.max(rows, leastRows),
  };
}
