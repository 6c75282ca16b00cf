/**
 * One password exchange on a thread of its own. Argon2id inside OPAQUE's WebAssembly takes 64 MiB
 * that such a module never gives back, and 0.2 s of a core: both end with the thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { client, ready } from '@serenity-kit/opaque';
import type { OpaqueThreadInput, OpaqueThreadOutput } from './opaque-client.js';

/** Argon2id. A constant of the client, so that no server can ask for less. */
const KEY_STRETCHING = { 'argon2id-custom': { memory: 65_536, iterations: 3, parallelism: 1 } } as const;

type Finish = (response: string) => OpaqueThreadOutput;

async function run(): Promise<void> {
  const port = parentPort;
  if (port === null) return;
  const { kind, password } = parseInput(workerData);
  await ready;
  const { request, finish } = kind === 'register' ? startRegistration(password) : startLogin(password);
  port.once('message', (response: unknown) => {
    port.postMessage(attempt(finish, String(response)));
  });
  port.postMessage({ type: 'request', request } satisfies OpaqueThreadOutput);
}

/** From the thread that started this one, in the same program. */
function parseInput(value: unknown): OpaqueThreadInput {
  return value as OpaqueThreadInput;
}

function startRegistration(password: string): { readonly request: string; readonly finish: Finish } {
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
  return {
    request: registrationRequest,
    finish(registrationResponse) {
      const done = client.finishRegistration({ password, clientRegistrationState, registrationResponse, keyStretching: KEY_STRETCHING });
      return { type: 'done', message: done.registrationRecord, exportKey: done.exportKey };
    },
  };
}

function startLogin(password: string): { readonly request: string; readonly finish: Finish } {
  const { clientLoginState, startLoginRequest } = client.startLogin({ password });
  return {
    request: startLoginRequest,
    finish(loginResponse) {
      const done = client.finishLogin({ password, clientLoginState, loginResponse, keyStretching: KEY_STRETCHING });
      return done === undefined
        ? { type: 'wrong-password' }
        : { type: 'done', message: done.finishLoginRequest, exportKey: done.exportKey };
    },
  };
}

/** The library's errors quote its input; what leaves the thread does not. */
function attempt(finish: Finish, response: string): OpaqueThreadOutput {
  try {
    return finish(response);
  } catch {
    return { type: 'malformed' };
  }
}

await run();
