/**
 * Progress on stderr: one line that is redrawn at most ten times a second on a terminal, plain
 * lines at most every five seconds elsewhere, the first after five seconds.
 */
import type { IpcEvent, TransferStatus, WorkProgress } from '../../core/protocol/ipc.js';
import { formatBytes, formatCount, formatDuration } from './quantities.js';
import { fitWidth } from './width.js';
import { printable } from './printable.js';
import type { OutputStream } from './output.js';

export type ProgressEvent = Exclude<IpcEvent, { kind: 'warning' }>;

export interface Progress {
  show(event: ProgressEvent): void;
  /** Removes the line from the terminal. */
  clear(): void;
}

export interface ProgressDeps {
  readonly stream: OutputStream;
  readonly now: () => number;
  /** The stream is a terminal that can be redrawn. */
  readonly live: boolean;
}

const REDRAW_MS = 100;
const PLAIN_MS = 5000;

export function createProgress(deps: ProgressDeps): Progress {
  const start = deps.now();
  let last = deps.live ? start - REDRAW_MS : start;
  let drawn = false;
  return {
    show(event) {
      const now = deps.now();
      if (now - last < (deps.live ? REDRAW_MS : PLAIN_MS)) return;
      last = now;
      const line = printable(progressText(event));
      if (!deps.live) {
        deps.stream.write(`${line}\n`);
        return;
      }
      const width = columnsOf(deps.stream) - 1;
      deps.stream.write(`\r\u001b[K${fitWidth(line, width)}`);
      drawn = true;
    },
    clear() {
      if (drawn) deps.stream.write('\r\u001b[K');
      drawn = false;
    },
  };
}

/** A terminal that does not know its width says 0. */
function columnsOf({ columns }: OutputStream): number {
  return columns === undefined || columns < 20 ? 80 : columns;
}

function progressText(event: ProgressEvent): string {
  switch (event.kind) {
    case 'phase':
      return event.text;
    case 'transfer':
      return transferLine(event.transfer);
    case 'work':
      return workLine(event.verb, event.progress);
  }
}

/** 'Uploading 2 of 14 files, 1 MiB of 12 MiB, 3 MiB/s, 4 s left'. */
export function transferLine(transfer: TransferStatus): string {
  return workLine(transfer.direction === 'up' ? 'Uploading' : 'Downloading', transfer);
}

/** 'Reading 2 of 14 files, 1 MiB of 12 MiB, 3 MiB/s, 4 s left'. */
export function workLine(verb: string, { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, etaMs }: WorkProgress): string {
  const parts = [
    `${verb} ${String(filesDone)} of ${formatCount(filesTotal, 'file')}`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
  ];
  if (bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (etaMs !== null) parts.push(`${formatDuration(etaMs)} left`);
  return parts.join(', ');
}
