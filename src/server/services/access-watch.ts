/**
 * Accounts are switched off and deleted by a process of their own, which has no line to the servers:
 * each looks at one number in the database every two seconds.
 */
import { readAccessEpoch } from '../store/user-store.js';
import { errorFields } from '../telemetry/logger.js';
import type { ServiceContext } from './service-context.js';

const PERIOD_MS = 2_000;

export interface AccessWatch {
  stop(): Promise<void>;
}

/** Calls `onChange` each time the number has changed. A database that fails is asked again. */
export function watchAccess({ database, logger }: Pick<ServiceContext, 'database' | 'logger'>, onChange: () => Promise<void>): AccessWatch {
  let known: number | null = null;
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      const epoch = await readAccessEpoch(database);
      // Remembered after the work, so that work that failed is done again.
      if (known !== null && epoch !== known) await onChange();
      known = epoch;
    } catch (error) {
      logger.warn('accounts could not be looked at', errorFields(error));
    }
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      looking = look().then(() => {
        if (!stopped) schedule(PERIOD_MS);
      });
    }, delayMs);
    timer.unref();
  }

  schedule(0);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
