/** A logger that keeps what it is told to itself. */
import type { Logger } from '../../src/core/base/effects.js';

const ignore = (): void => undefined;

export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silentLogger };
