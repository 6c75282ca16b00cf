/**
 * Tells systemd that the daemon is ready, alive, or about to end: sd_notify(3), for units of
 * Type=notify with WatchdogSec. Node has no datagram sockets of the Unix kind, so systemd-notify sends.
 */
import { execFile } from 'node:child_process';
import type { Logger } from '../core/base/effects.js';

export interface ServiceNotifier {
  ready(): void;
  stopping(): void;
}

const SEND_MS = 10_000;

/** Does nothing unless systemd asked for it by NOTIFY_SOCKET. */
export function createServiceNotifier(env: Readonly<Record<string, string | undefined>>, logger: Logger): ServiceNotifier {
  if (env['NOTIFY_SOCKET'] === undefined) return { ready: () => undefined, stopping: () => undefined };
  let alive: NodeJS.Timeout | undefined;
  const send = (state: string): void => {
    execFile('systemd-notify', [state], { timeout: SEND_MS }, (error) => {
      if (error !== null) logger.warn('systemd could not be told how the daemon is', { state, error });
    });
  };
  return {
    ready() {
      send('READY=1');
      const everyMs = watchdogMs(env);
      // From a timer of the main loop: one that hangs says nothing, and is started anew.
      if (everyMs !== null) alive = setInterval(send, everyMs / 2, 'WATCHDOG=1').unref();
    },
    stopping() {
      clearInterval(alive);
      send('STOPPING=1');
    },
  };
}

/** How long the daemon may be silent; null when nobody listens for this process. */
function watchdogMs(env: Readonly<Record<string, string | undefined>>): number | null {
  const microseconds = Number(env['WATCHDOG_USEC']);
  const isMeant = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid);
  return Number.isFinite(microseconds) && microseconds > 0 && isMeant ? microseconds / 1_000 : null;
}
