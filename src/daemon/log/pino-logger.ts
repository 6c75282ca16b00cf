/** The Logger port over pino, into any line sink. Every field passes through the redaction. */
import pino from 'pino';
import type { Logger } from '../../core/base/effects.js';
import { redactFields } from './redact.js';

export interface PinoLogger extends Logger {
  setLevel(level: string): void;
}

/** `level`: debug, info, warn, error or silent. */
export function createPinoLogger(sink: { write(line: string): void }, level: string): PinoLogger {
  const root = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, sink);
  return { ...wrap(root), setLevel: (next) => void (root.level = next) };
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (message, fields = {}) => logger.isLevelEnabled('debug') && logger.debug(redactFields(fields), message),
    info: (message, fields = {}) => logger.isLevelEnabled('info') && logger.info(redactFields(fields), message),
    warn: (message, fields = {}) => logger.isLevelEnabled('warn') && logger.warn(redactFields(fields), message),
    error: (message, fields = {}) => logger.isLevelEnabled('error') && logger.error(redactFields(fields), message),
    child: (fields) => wrap(logger.child(redactFields(fields))),
  };
}
