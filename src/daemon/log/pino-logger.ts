/** The Logger port over pino, into any line sink. Every field passes through the redaction. */
import pino from 'pino';
import type { Logger } from '../../core/base/effects.js';
import { redactFields } from './redact.js';

export interface PinoLogger extends Logger {
  setLevel(level: string): void;
}

const RANKS: Readonly<Record<string, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** `level`: debug, info, warn, error or silent. A change concerns the children too. */
export function createPinoLogger(sink: { write(line: string): void }, level: string): PinoLogger {
  const root = pino(
    { level: 'debug', base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    sink,
  );
  let least = RANKS[level] ?? 1;
  return {
    ...wrap(root, (rank) => rank >= least),
    setLevel(next) {
      least = RANKS[next] ?? 1;
    },
  };
}

function wrap(logger: pino.Logger, isOn: (rank: number) => boolean): Logger {
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error', rank: number) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (isOn(rank)) logger[name](redactFields(fields), message);
    };
  return {
    debug: at('debug', 0),
    info: at('info', 1),
    warn: at('warn', 2),
    error: at('error', 3),
    child: (fields) => wrap(logger.child(redactFields(fields)), isOn),
  };
}
