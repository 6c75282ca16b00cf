/** Makes log fields safe to write: no secrets by name, no byte arrays, errors without stacks of others, bounded in size. */
import { isFsyncError } from '../../core/base/errors.js';

const SECRET_NAME =
  /pass(word|phrase)|secret|seed|token|authorization|cookie|credential$|private|recovery|(^|[^a-z])key$|Key$|keys$|Keys$|card$|proof/i;
const HARMLESS_NAME = /^(tokenType|keyStore|publicKey)$/;
const TOKEN_TEXT = /fst1_[\w-]{20,}/g;
const MAX_TEXT = 2_000;
const MAX_DEPTH = 5;
const MAX_ITEMS = 50;

/** A copy of the fields in which values with a secret's name are replaced. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const secret = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && typeof value !== 'number' && typeof value !== 'boolean';
    out[name] = secret ? '[redacted]' : redactValue(value, depth + 1);
  }
  return out;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (value instanceof Error) return describeError(value, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${String(value.byteLength)} bytes]`;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
  return redactObject(value, depth);
}

/** Bounded, and without a token that someone put into a name or an address. */
function redactText(text: string): string {
  const plain = text.replace(TOKEN_TEXT, '[redacted]');
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain;
}

/** What happened and where. Messages never hold secrets (see FsyncError); foreign errors show their name, code and message. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const code: unknown = isFsyncError(error) || 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: redactText(error.message),
    ...(isExpected(error) ? {} : { stack: error.stack?.split('\n').slice(1, 8).join('\n') }),
    ...(error.cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redactValue(error.cause, depth + 1) }),
  };
}

/** Of the error table, or from a system call or a socket (ENOENT, ECONNRESET): where it was thrown says nothing. */
function isExpected(error: Error): boolean {
  if (isFsyncError(error)) return error.kind.category !== 'bug';
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}
