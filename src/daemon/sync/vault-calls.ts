/** What may be asked of one vault through the control API: each call finds the session, checks the path, and passes on. */
import { parseRelPath } from '../../core/base/rel-path.js';
import type { VaultCalls } from '../engine.js';
import { restore, undo } from './bring-back.js';
import { differences } from './differences.js';
import { listDocument } from './list-document.js';
import { logDocument } from './log-document.js';
import type { Session } from './session.js';
import { stageVersion } from './stage-version.js';
import { verifyVault } from './verify-vault.js';
import { waitForDevices } from './wait-for-devices.js';
import { whoHasIt } from './who-has-it.js';
import { whyDocument } from './why-document.js';
import { withProgress } from './with-progress.js';

export function createVaultCalls(open: (root: string) => Promise<Session>): VaultCalls {
  return {
    async log({ root, path, limit, since }, options) {
      const { context } = await open(root);
      return logDocument(context, { path: path === null || path === '' ? null : parseRelPath(path), limit, since }, options);
    },
    async list({ root, path, side }, { signal }) {
      const session = await open(root);
      return listDocument(session.context, session.status(Number.MAX_SAFE_INTEGER), { path: inVault(path), side }, signal);
    },
    async show({ root, path, version }, options) {
      const { context } = await open(root);
      return stageVersion(context, { path: parseRelPath(path), version }, options);
    },
    async diff({ root, path, version }, { signal }) {
      const { context } = await open(root);
      return differences(context, { path: inVault(path), version }, signal);
    },
    async why({ root, path }, { signal }) {
      const session = await open(root);
      const known = whyDocument(session.context, session.status(Number.MAX_SAFE_INTEGER), parseRelPath(path));
      return { ...known, devices: await whoHasIt(session, known, signal) };
    },
    async waitForDevices({ root, timeoutMs }, options) {
      return waitForDevices(await open(root), { timeoutMs }, options);
    },
    async verify({ root, server }, options) {
      const { context } = await open(root);
      return verifyVault(context, { server }, options);
    },
    async restore({ root, ...params }, options) {
      const session = await open(root);
      return withProgress(session, options, () => restore(session, params, options));
    },
    async undo({ root, dryRun }, options) {
      const session = await open(root);
      return withProgress(session, options, () => undo(session, { dryRun }, options));
    },
  };
}

function inVault(path: string): string {
  return path === '' ? '' : parseRelPath(path);
}
