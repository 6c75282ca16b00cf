/**
 * One route of the interface as data: how it is reached, who may, what it takes, what it does. The
 * app mounts the list of them, and the tests walk through the same list.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { FsyncError } from '../../core/base/errors.js';
import type { TokenScope } from '../../core/account/token-scope.js';
import type { AccountId, CredentialId } from '../../core/base/ids.js';
import type { LimitClass } from '../ports.js';

/** What a verified access token says. */
export interface AccessClaims {
  readonly account: AccountId;
  /** Credential of the session: a device or a token for automation. */
  readonly device: CredentialId;
  readonly isToken: boolean;
  readonly session: string;
  /** When the access token ends, epoch ms. */
  readonly expiresAt: number;
}

/** Who sends the request. */
export interface Caller extends Omit<AccessClaims, 'isToken'> {
  /** What a token may do; null for a device. */
  readonly scope: TokenScope | null;
}

/** Where a request comes from. `local`: from this machine and not through a proxy. */
export interface ClientAddress {
  readonly address: string;
  readonly local: boolean;
}

/**
 * `session`: that of a device. `vault`: that of a device or of a token for automation, which reaches
 * only the vaults of its scope. `enrol`: with the token that a login gives, for one call.
 */
export type Access = 'public' | 'session' | 'vault' | 'enrol';

export interface Reply {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly stream?: { readonly readable: Readable; readonly length: number };
  readonly text?: { readonly type: string; readonly content: string };
}

export interface RequestInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller | null;
  /** The account that a login vouched for; on `enrol` routes only. */
  readonly enrolling: AccountId | null;
  readonly client: ClientAddress;
  /** The raw request, for routes that read their body themselves. */
  readonly request: IncomingMessage;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface RouteSpec<Params, Query, Body> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in @koa/router, without the /v1 prefix. */
  readonly path: string;
  readonly access: Access;
  readonly limit: LimitClass;
  readonly params: z.ZodType<Params>;
  readonly query: z.ZodType<Query>;
  /** `maxBytes` null: no JSON body is read. */
  readonly body: { readonly schema: z.ZodType<Body>; readonly maxBytes: number | null };
  readonly handle: (input: RequestInput<Params, Query, Body>) => Promise<Reply>;
}

export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  /** Reads and parses the JSON body of at most this many bytes. */
  readonly readBody: (maxBytes: number) => Promise<unknown>;
  readonly caller: Caller | null;
  readonly enrolling: AccountId | null;
  readonly client: ClientAddress;
  readonly request: IncomingMessage;
  readonly signal: AbortSignal;
}

/** A route whose types are closed over: what the app mounts. */
export interface Route {
  readonly method: RouteSpec<unknown, unknown, unknown>['method'];
  readonly path: string;
  readonly access: Access;
  readonly limit: LimitClass;
  readonly hasBody: boolean;
  readonly run: (input: RawInput) => Promise<Reply>;
}

/** For params and queries of routes that have none. */
export const nothing: z.ZodType<undefined> = z
  .unknown()
  .refine((value) => value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0), {
    message: 'none is expected here',
  })
  .transform(() => undefined);

/** For routes without a JSON body. */
export const noBody = { schema: nothing, maxBytes: null } as const;

function parsed<Value>(schema: z.ZodType<Value>, value: unknown, where: string): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 10).map((issue) => ({ where, path: issue.path.map(String), message: issue.message }));
  const first = errors[0];
  const what = first === undefined ? 'not valid' : [first.path.join('.'), first.message].join(' ').trim();
  throw new FsyncError('invalid_input', `${where}: ${what}`, { details: { errors } });
}

/** Validates params, query and body, in this order, before the handler sees them. */
export function route<Params, Query, Body>(spec: RouteSpec<Params, Query, Body>): Route {
  const { method, path, access, limit } = spec;
  return {
    method,
    path,
    access,
    limit,
    hasBody: spec.body.maxBytes !== null,
    async run(raw) {
      const params = parsed(spec.params, raw.params, 'path');
      const query = parsed(spec.query, raw.query, 'query');
      const unread: unknown = spec.body.maxBytes === null ? undefined : await raw.readBody(spec.body.maxBytes);
      return spec.handle({ ...raw, params, query, body: parsed(spec.body.schema, unread, 'body') });
    },
  };
}

/** The caller of a `session` or `vault` route. */
export function callerOf(input: { readonly caller: Caller | null }): Caller {
  if (input.caller === null) throw new FsyncError('not_signed_in', 'this needs a session');
  return input.caller;
}
