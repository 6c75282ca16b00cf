/** Schemas of the parameters of every call, checked before anything runs. */
import { z } from 'zod';
import { TOKEN_LIFETIME_MS, TOKEN_VAULT_LIMIT } from '../../core/account/token-scope.js';
import { FsyncError } from '../../core/base/errors.js';
import type { IpcMethod, IpcParams } from '../../core/protocol/ipc.js';

const absolutePath = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => path.startsWith('/') && !path.includes('\0'), 'expected an absolute path');
const line = (most: number): z.ZodString => z.string().min(1).max(most);
const vaultPath = z.string().max(4096);
const version = z.union([z.strictObject({ commit: z.number().int().min(0) }), z.strictObject({ at: z.string().max(64) })]).nullable();
const timeoutMs = z.number().int().min(0).max(2_147_483_647);
const none = z.strictObject({});
const signIn = z.strictObject({
  server: line(2048),
  user: line(64),
  password: line(1024),
  device: line(100),
  insecureKeyFile: z.boolean(),
  caFile: absolutePath.exactOptional(),
});

const CALL_PARAMS: { readonly [M in IpcMethod]: z.ZodType<IpcParams<M>> } = {
  'daemon.status': none,
  'daemon.stop': none,
  'account.register': signIn,
  'account.login': signIn,
  'account.logout': none,
  'account.whoami': none,
  'device.list': none,
  'device.rename': z.strictObject({ device: line(100), name: line(100) }),
  'device.revoke': z.strictObject({ device: line(100) }),
  'account.lookup': z.strictObject({ user: line(64), words: z.string().max(1024).nullable() }),
  'vault.members': z.strictObject({ root: absolutePath }),
  'vault.share': z.strictObject({
    root: absolutePath,
    user: line(64),
    account: z.string().regex(/^[0-9a-f]{64}$/),
    role: z.enum(['owner', 'writer', 'reader']),
    verified: z.boolean(),
  }),
  'vault.unshare': z.strictObject({ root: absolutePath, user: line(64) }),
  'token.create': z.strictObject({
    name: line(63).nullable(),
    vaults: z.array(line(255)).min(1).max(TOKEN_VAULT_LIMIT),
    write: z.boolean(),
    lifetimeMs: z.number().int().min(1_000).max(TOKEN_LIFETIME_MS),
  }),
  'token.list': none,
  'token.revoke': z.strictObject({ token: line(100) }),
  'vault.list': none,
  'vault.init': z.strictObject({ root: absolutePath, name: line(255) }),
  'vault.clone': z.strictObject({ vault: line(255), root: absolutePath }),
  'vault.detach': z.strictObject({ root: absolutePath }),
  'vault.status': z.strictObject({ root: absolutePath }),
  'vault.pause': z.strictObject({ root: absolutePath.nullable() }),
  'vault.resume': z.strictObject({ root: absolutePath.nullable() }),
  'vault.sync': z.strictObject({
    root: absolutePath,
    direction: z.enum(['push', 'pull', 'both']),
    timeoutMs,
  }),
  'vault.wait-for-devices': z.strictObject({ root: absolutePath, timeoutMs }),
  'vault.log': z.strictObject({
    root: absolutePath,
    path: z.string().max(4096).nullable(),
    limit: z.number().int().min(0).max(1_000_000),
    since: z.string().max(64).nullable(),
  }),
  'vault.ls': z.strictObject({ root: absolutePath, path: vaultPath, side: z.enum(['here', 'remote', 'deleted']) }),
  'vault.show': z.strictObject({ root: absolutePath, path: vaultPath, version }),
  'vault.diff': z.strictObject({ root: absolutePath, path: vaultPath, version }),
  'vault.restore': z.strictObject({ root: absolutePath, path: vaultPath, version, to: vaultPath.nullable(), dryRun: z.boolean() }),
  'vault.why': z.strictObject({ root: absolutePath, path: vaultPath }),
  'vault.verify': z.strictObject({ root: absolutePath, server: z.boolean() }),
  'vault.delete': z.strictObject({ vault: line(255) }),
  'daemon.diagnose': none,
  'vault.undo': z.strictObject({ root: absolutePath, dryRun: z.boolean() }),
  'vault.resolve': z.strictObject({
    root: absolutePath,
    paths: z.array(z.string().max(4096)).max(100_000),
    choice: z.enum(['ours', 'theirs', 'both', 'merge']),
  }),
  'guard.show': z.strictObject({ root: absolutePath }),
  'guard.decide': z.strictObject({ root: absolutePath, decision: z.enum(['approve', 'reject']), id: line(64).nullable() }),
  'config.reload': none,
};

export function isIpcMethod(name: string): name is IpcMethod {
  return Object.hasOwn(CALL_PARAMS, name);
}

/** @throws FsyncError invalid_input that names the field, never its value (it may be a password) */
export function parseCallParams<M extends IpcMethod>(method: M, body: unknown): IpcParams<M> {
  const result = CALL_PARAMS[method].safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the parameters' : issue.path.join('.');
  throw new FsyncError('invalid_input', `${method}: ${field}: ${issue?.message ?? 'not valid'}`);
}
