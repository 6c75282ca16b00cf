/**
 * The client's half of OPAQUE (RFC 9807): the server never sees the password or anything equal to
 * it, and the client gets a key that nobody else can compute.
 */
import { Worker } from 'node:worker_threads';
import { passwordSeed } from '../../core/account/credential.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';
import { unlessAborted } from '../home/deadline.js';
import { workerEntry } from '../workers/worker-entry.js';

export interface OpaqueThreadInput {
  readonly kind: 'register' | 'login';
  readonly password: string;
}

export type OpaqueThreadOutput =
  | { readonly type: 'request'; readonly request: string }
  /** `message`: the registration record, or the message that finishes the login. */
  | { readonly type: 'done'; readonly message: string; readonly exportKey: string }
  | { readonly type: 'wrong-password' }
  | { readonly type: 'malformed' };

export interface OpaqueExchange<Reply> {
  readonly password: string;
  /** Sends the request to the server; the reply holds its response. */
  readonly exchange: (request: string) => Promise<Reply>;
  readonly signal: AbortSignal;
}

export interface OpaqueResult<Reply> {
  readonly message: string;
  /** Seed of the password credential. */
  readonly seed: Uint8Array;
  readonly reply: Reply;
}

/** `message` is the record for the server. @throws FsyncError unavailable, or what `exchange` throws */
export function opaqueRegister<Reply extends { readonly response: string }>(options: OpaqueExchange<Reply>): Promise<OpaqueResult<Reply>> {
  return runExchange('register', options);
}

/** @throws FsyncError wrong_password: also for a user that does not exist, the two look the same */
export function opaqueLogin<Reply extends { readonly response: string }>(options: OpaqueExchange<Reply>): Promise<OpaqueResult<Reply>> {
  return runExchange('login', options);
}

async function runExchange<Reply extends { readonly response: string }>(
  kind: OpaqueThreadInput['kind'],
  { password, exchange, signal }: OpaqueExchange<Reply>,
): Promise<OpaqueResult<Reply>> {
  const thread = startThread({ kind, password: password.normalize('NFC') });
  try {
    const asked = await unlessAborted(thread.next(), signal);
    if (asked.type !== 'request') throw malformed();
    const reply = await exchange(asked.request);
    thread.send(reply.response);
    const done = await unlessAborted(thread.next(), signal);
    if (done.type === 'wrong-password') throw new FsyncError('wrong_password', 'wrong user name or password');
    if (done.type !== 'done') throw malformed();
    return { message: done.message, seed: passwordSeed(fromBase64Url(done.exportKey)), reply };
  } finally {
    await thread.end();
  }
}

interface Thread {
  next(): Promise<OpaqueThreadOutput>;
  send(response: string): void;
  end(): Promise<void>;
}

function startThread(input: OpaqueThreadInput): Thread {
  const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = workerEntry(new URL(`./opaque-thread${suffix}`, import.meta.url));
  const worker = new Worker(entry.kind === 'file' ? entry.url : entry.text, { eval: entry.kind === 'script', workerData: input });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', (cause) => {
          reject(new FsyncError('internal', 'the password exchange failed', { cause }));
        });
        worker.once('exit', () => {
          reject(new FsyncError('internal', 'the password exchange ended early'));
        });
      }),
    send(response) {
      worker.postMessage(response);
    },
    async end() {
      worker.removeAllListeners();
      worker.on('error', () => undefined);
      await worker.terminate();
    },
  };
}

function malformed(): FsyncError {
  return new FsyncError('unavailable', "the server's answer to the password exchange is not understood");
}
