/** The log of the server: one JSON object a line on stderr. Never bodies, tokens, names or chunk ids. */
import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { Logger } from '../../core/base/effects.js';

/** Fields that must not appear even by mistake, at the top and one level down. */
const REDACTED = ['authorization', 'token', 'accessToken', 'refreshToken', 'enrolToken', 'password', 'secret', 'body', 'bytes', 'chunks'];

function wrap(log: Pino): Logger {
  return {
    debug: (message, fields) => log.debug(fields ?? {}, message),
    info: (message, fields) => log.info(fields ?? {}, message),
    warn: (message, fields) => log.warn(fields ?? {}, message),
    error: (message, fields) => log.error(fields ?? {}, message),
    child: (fields) => wrap(log.child(fields)),
  };
}

export function createServerLogger(level: string, destination: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger {
  return wrap(
    pino(
      {
        level,
        base: { service: 'fsync-server' },
        timestamp: pino.stdTimeFunctions.isoTime,
        redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
      },
      destination,
    ),
  );
}

/** What may be told about an error: its kind and message, and the stack for the log only. */
export function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { error: 'not an error' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { error: error.name, code, detail: error.message.slice(0, 500), stack: error.stack };
}
