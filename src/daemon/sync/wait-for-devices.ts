/** `fsync wait --until all-devices`: in sync here first, then until every device that has the vault has what is here. */
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { deviceLabel, type DeviceHolding } from '../../core/protocol/device-holding.js';
import type { StatusDocument } from '../../core/protocol/ipc.js';
import type { EngineCallOptions } from '../engine.js';
import { deviceHoldings } from './device-positions.js';
import type { Session } from './session.js';
import { sleep } from './sleep.js';
import { withProgress } from './with-progress.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** @throws FsyncError timed_out with details {waitsFor}, aborted, and whatever keeps this folder from being in sync */
export async function waitForDevices(
  session: Session,
  { timeoutMs }: { readonly timeoutMs: number },
  options: EngineCallOptions,
): Promise<StatusDocument> {
  const { signal, onEvent } = options;
  const { clock } = session.context.deps;
  const untilMs = clock.now() + timeoutMs;
  await withProgress(session, options, () => session.sync('both', { signal, timeoutMs }));
  const wanted = session.context.log.head.seq;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const devices = await holdingsNow(session, wanted, signal);
    if (devices?.every(({ hasIt }) => hasIt) === true) return { ...session.status(), devices };
    const waitsFor = `until all devices have commit ${String(wanted)}: ${devices === null ? 'the server cannot be reached' : missing(devices)}`;
    onEvent?.({ kind: 'phase', text: `waiting ${waitsFor}` });
    const leftMs = untilMs - clock.now();
    if (leftMs <= 0) throw new FsyncError('timed_out', `still waiting ${waitsFor}`, { details: { waitsFor } });
    await sleep(Math.min(pauseMs, leftMs), signal);
    if (signal.aborted) throw new FsyncError('aborted', 'interrupted; syncing goes on in the background');
  }
}

/** Null while the server cannot be asked. */
async function holdingsNow(
  { context, lastSynced }: Session,
  wanted: number,
  signal: AbortSignal,
): Promise<readonly DeviceHolding[] | null> {
  try {
    return await deviceHoldings(context, { wanted, own: lastSynced.held }, signal);
  } catch (error) {
    if (isFsyncError(error, 'server_unreachable', 'unavailable', 'rate_limited')) return null;
    if (!isFsyncError(error, 'not_found')) throw error;
    throw new FsyncError('not_found', 'the server does not know which device has what', {
      hints: ['It is older than this fsync. Wait for the server alone: fsync wait'],
      cause: error,
    });
  }
}

/** 'desktop is at 12, phone is at 9'. */
function missing(devices: readonly DeviceHolding[]): string {
  return devices
    .filter(({ hasIt }) => !hasIt)
    .map(
      (device) =>
        `${deviceLabel(device, devices)} is at ${device.commit === null ? 'a commit that is not known here' : String(device.commit)}`,
    )
    .join(', ');
}
