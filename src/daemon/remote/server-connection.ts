/** One server as the daemon reaches it: client, trusted authorities, clock. */
import type { Clock, Logger } from '../../core/base/effects.js';
import { FsyncError } from '../../core/base/errors.js';
import { readTextFile } from '../home/json-file.js';
import { createHttpClient, type HttpClient } from './http-client.js';
import type { TransferLimits } from './rate-limit.js';
import { createServerClock, type ServerClock } from './server-clock.js';

export interface ServerConnection {
  readonly http: HttpClient;
  readonly clock: ServerClock;
  readonly caPem: string | null;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
}

export interface ServerConnectionDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** `network.timeout` of the settings. */
  readonly timeoutMs: () => number;
  readonly userAgent: string;
  readonly limits?: TransferLimits;
}

/**
 * Trusts the authorities in all of these files besides the built-in ones; '' is none.
 * @throws FsyncError tls_refused when a file cannot be used
 */
export function connectServer(server: string, caFiles: readonly string[], deps: ServerConnectionDeps): ServerConnection {
  const clock = createServerClock();
  const texts = caFiles.filter((file) => file !== '').map(readAuthorities);
  const caPem = texts.length === 0 ? null : texts.join('\n');
  const http = createHttpClient(
    { server, caPem, timeoutMs: deps.timeoutMs, userAgent: deps.userAgent, ...(deps.limits === undefined ? {} : { limits: deps.limits }) },
    { ...deps, onServerDate: clock.note },
  );
  return { http, clock, caPem, random: deps.random };
}

function readAuthorities(path: string): string {
  const pem = readTextFile(path);
  if (pem?.includes('-----BEGIN CERTIFICATE-----') !== true) {
    throw new FsyncError('tls_refused', `there is no certificate in ${path}`, {
      hints: ["It should hold the authority's certificates in PEM form; then: fsync daemon restart"],
    });
  }
  return pem;
}
