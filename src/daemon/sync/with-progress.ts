/** While something runs on a session, whoever asked for it is told how far it is. */
import type { IpcEvent } from '../../core/protocol/ipc.js';
import type { EngineCallOptions } from '../engine.js';
import { runningWork, type RunningWork } from './running-work.js';
import type { Session } from './session.js';

const PROGRESS_MS = 200;

export async function withProgress<Result>(
  { context }: Pick<Session, 'context'>,
  { onEvent }: Pick<EngineCallOptions, 'onEvent'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const timer = setInterval(() => onEvent?.(eventOf(runningWork(context))), PROGRESS_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function eventOf({ transfer, reading }: RunningWork): IpcEvent {
  if (transfer !== null) return { kind: 'transfer', transfer };
  if (reading !== null) return { kind: 'work', verb: 'Reading', progress: reading };
  return { kind: 'phase', text: 'Looking for what changed' };
}
