/**
 * The client's half of OPAQUE (RFC 9807): the server never sees the password or anything equal to
 * it, and the client gets a key that nobody else can compute.
 */
import { client, ready } from '@serenity-kit/opaque';
import { passwordSeed } from '../../core/account/credential.js';
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError } from '../../core/base/errors.js';

/** Argon2id. A constant of the client, so that no server can ask for less; about 0.2 s on one core. */
const KEY_STRETCHING = { 'argon2id-custom': { memory: 65_536, iterations: 3, parallelism: 1 } } as const;

export interface OpaqueRegistration {
  readonly record: string;
  /** Seed of the password credential. */
  readonly seed: Uint8Array;
}
export interface OpaqueLogin {
  readonly finish: string;
  readonly seed: Uint8Array;
}

/** `exchange` sends the request to the server and returns its response. */
export async function opaqueRegister(password: string, exchange: (request: string) => Promise<string>): Promise<OpaqueRegistration> {
  await ready;
  const normal = password.normalize('NFC');
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password: normal });
  const registrationResponse = await exchange(registrationRequest);
  try {
    const done = client.finishRegistration({
      password: normal,
      clientRegistrationState,
      registrationResponse,
      keyStretching: KEY_STRETCHING,
    });
    return { record: done.registrationRecord, seed: passwordSeed(fromBase64Url(done.exportKey)) };
  } catch (cause) {
    throw malformed(cause);
  }
}

/**
 * `exchange` returns the server's response and whatever belongs to it.
 * @throws FsyncError wrong_password: also for a user that does not exist, the two look the same
 */
export async function opaqueLogin<Reply extends { readonly response: string }>(
  password: string,
  exchange: (request: string) => Promise<Reply>,
): Promise<OpaqueLogin & { readonly reply: Reply }> {
  await ready;
  const normal = password.normalize('NFC');
  const { clientLoginState, startLoginRequest } = client.startLogin({ password: normal });
  const reply = await exchange(startLoginRequest);
  const done = finishLogin({ password: normal, clientLoginState, loginResponse: reply.response, keyStretching: KEY_STRETCHING });
  if (done === undefined) throw new FsyncError('wrong_password', 'wrong user name or password');
  return { finish: done.finishLoginRequest, seed: passwordSeed(fromBase64Url(done.exportKey)), reply };
}

function finishLogin(params: Parameters<typeof client.finishLogin>[0]): ReturnType<typeof client.finishLogin> {
  try {
    return client.finishLogin(params);
  } catch (cause) {
    throw malformed(cause);
  }
}

function malformed(cause: unknown): FsyncError {
  return new FsyncError('unavailable', "the server's answer to the password exchange is not understood", { cause });
}
