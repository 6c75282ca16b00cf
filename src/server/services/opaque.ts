/**
 * The server's side of OPAQUE: the password never comes here, nor anything that could be guessed
 * against without the setup secret. An unknown user gets a made-up answer of the same shape.
 */
import { server } from '@serenity-kit/opaque';
import { FsyncError } from '../../core/base/errors.js';

export interface Opaque {
  /** Throws invalid_input for a malformed request. */
  registrationResponse(user: string, request: string): string;
  /** `record` null: unknown user. `state` stays on the server until the client's answer. */
  startLogin(user: string, record: string | null, request: string): { readonly state: string; readonly response: string };
  /** False for a wrong password. */
  finishLogin(state: string, finish: string): boolean;
}

export function createOpaque(serverSetup: string): Opaque {
  function wellFormed<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      throw new FsyncError('invalid_input', 'the OPAQUE message is malformed', { cause });
    }
  }
  return {
    registrationResponse: (user, registrationRequest) =>
      wellFormed(() => server.createRegistrationResponse({ serverSetup, userIdentifier: user, registrationRequest })).registrationResponse,
    startLogin(user, registrationRecord, startLoginRequest) {
      const { serverLoginState, loginResponse } = wellFormed(() =>
        server.startLogin({ serverSetup, userIdentifier: user, registrationRecord, startLoginRequest }),
      );
      return { state: serverLoginState, response: loginResponse };
    },
    finishLogin(serverLoginState, finishLoginRequest) {
      try {
        server.finishLogin({ serverLoginState, finishLoginRequest });
        return true;
      } catch {
        // The library tells a wrong password and a malformed message apart by nothing but its text.
        return false;
      }
    },
  };
}
