/** The few effects that pure code is handed instead of reaching for them. */

/** Returns `size` unpredictable bytes. */
export type RandomBytes = (size: number) => Uint8Array;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export interface Clock {
  now(): number;
}

/** Structured log port: the message is constant, the data is in the fields. A silent logger is legal. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
