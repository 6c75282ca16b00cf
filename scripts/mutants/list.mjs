/**
 * Deliberate bugs, each with the test that must notice it. `before` stands in `file` exactly once and
 * becomes `after`; then the test of that project, file and name has to fail.
 *
 * @typedef {{ readonly project: string, readonly file: string, readonly test: string }} Catcher
 * @typedef {{ readonly bug: string, readonly file: string, readonly before: string, readonly after: string, readonly caughtBy: Catcher }} Mutant
 */

const unit = (file, test) => ({ project: 'unit', file: `test/unit/${file}.test.ts`, test });
const contract = (file, test) => ({ project: 'contract', file: `test/contract/${file}.test.ts`, test });
const property = (file, test) => ({ project: 'property', file: `test/property/${file}.test.ts`, test });
const regression = (name) => ({ project: 'simulation', file: 'test/simulation/simulation.test.ts', test: `regressions ${name}.json` });
const failingWhileApplying = (what, test) => ({
  project: 'simulation',
  file: 'test/simulation/killed-while-applying.test.ts',
  test: `a device that ${what} while it applies ${test}`,
});
const newerRules = {
  project: 'simulation',
  file: 'test/simulation/newer-rules.test.ts',
  test: 'hazards 23, 90: what newer rules bring into sight is moved on the other device, not made a second time',
};
const powerLoss = (test) => ({ project: 'simulation', file: 'test/simulation/power-loss.test.ts', test });

/** @type {readonly Mutant[]} */
const planner = [
  {
    bug: 'a directory that cannot be read counts as empty',
    file: 'src/core/tree/identify.ts',
    before: "if (entry !== undefined) pass.local.set({ ...entry, status: 'unknown' });",
    after: 'if (entry !== undefined) fillSlots(pass, listing, directory);',
    caughtBy: unit('core/tree/identify', 'takes nothing below an unreadable directory for absent'),
  },
  {
    bug: 'what was placed before a crash is taken for an edit of what was deleted there',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: "if (state.kind !== 'directory') return sameContent(entry, state);",
    after: "if (state.kind !== 'directory') return false;",
    caughtBy: failingWhileApplying('dies at a write to its database', 'finds what it had placed: many files removed and some made again'),
  },
  {
    bug: 'an edit of what was deleted is taken for the new file of that name',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: "if (state.kind !== 'directory') return sameContent(entry, state);",
    after: "if (state.kind !== 'directory') return true;",
    caughtBy: unit('core/tree/adopt-equal-names', 'leaves what a user wrote there to the merge'),
  },
  {
    bug: 'what a new directory does not hold is taken for deleted from the one that was moved to its name',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: 'if (was !== undefined && isElsewhere(state, was)) overrule(state.node);',
    after: '',
    caughtBy: unit('core/tree/adopt-equal-names', 'takes a new directory for the one that was moved to its name'),
  },
  {
    bug: 'what was deleted with a directory comes back because there is a new one in its place',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: 'was !== undefined && isElsewhere(state, was)',
    after: 'was !== undefined',
    caughtBy: unit('core/tree/adopt-equal-names', 'takes a new directory for the one that still has its name'),
  },
  {
    bug: 'what lives on after a deletion is where it was before it was moved there',
    file: 'src/core/plan/merge-facets.ts',
    before: 'return { ...ours, parent: remote.parent, name: remote.name };',
    after: 'return ours;',
    caughtBy: unit('core/plan/plan', 'lives where it was moved to when something new is in it here'),
  },
  {
    bug: 'directories that were moved into each other and deleted there are stuck',
    file: 'src/core/plan/undo-moves.ts',
    before: 'putBack(merge, cycle, placeOfDeleted) || ',
    after: '',
    caughtBy: unit('core/plan/plan', 'stays here when it was moved into what was moved into it here'),
  },
  {
    bug: 'a directory that was deleted is the one that was moved to its name',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: "base.get(state.node) === undefined && entry.status === 'present'",
    after: "entry.status === 'present'",
    caughtBy: unit('core/tree/adopt-equal-names', 'does not take a directory for one that was moved to its name'),
  },
  {
    bug: 'a directory that was made anew here is another one than the server has at its place',
    file: 'src/core/tree/adopt-equal-names.ts',
    before: "return state?.kind === 'directory' && !remote.has(node) ? [state] : [];",
    after: 'return [];',
    caughtBy: unit('core/tree/adopt-equal-names', 'takes a directory that is made anew here for the one that the server still has there'),
  },
  {
    bug: 'what is in a directory that was made anew counts as moved there',
    file: 'src/daemon/sync/vault-trees.ts',
    before: 'this.setBase(write, { ...below, state: { ...below.state, parent: to } });',
    after: 'continue;',
    caughtBy: unit('core/tree/adopt-equal-names', 'takes a directory for the one that was made at its place after it was deleted'),
  },
  {
    bug: 'what is ignored from now on counts as deleted',
    file: 'src/core/tree/identify.ts',
    before: "if (wasSynced && !isTaken && pass.context.isIgnored(path, entry.kind === 'directory'))",
    after: 'if (false)',
    caughtBy: unit('core/tree/identify', 'calls a synced node that is ignored from now on excluded, also when it is gone'),
  },
  {
    bug: 'a new file on a re-used inode is taken for a rename',
    file: 'src/core/tree/local-tree.ts',
    before: 'return `${fingerprint.dev}:${fingerprint.ino}:${fingerprint.birthtimeNs}`;',
    after: 'return `${fingerprint.dev}:${fingerprint.ino}`;',
    caughtBy: unit('core/tree/identify', 'does not take a re-used inode for a rename'),
  },
  {
    bug: 'hard links are one node',
    file: 'src/core/tree/identify.ts',
    before: "return entry.kind === 'directory' || (entry.fingerprint.nlink === 1 && known.fingerprint.nlink === 1);",
    after: 'return true;',
    caughtBy: unit('core/tree/identify', 'tells hard links apart by their paths'),
  },
  {
    bug: 'a stamp taken right after a write is believed',
    file: 'src/core/tree/stamp.ts',
    before: 'return known.verifiedAtMs - changedAtMs < RACY_MS && nowMs - changedAtMs >= RACY_MS;',
    after: 'return false;',
    caughtBy: unit('core/tree/identify', 'reads again what was read right after it changed, once that can be told'),
  },
  {
    bug: 'a plan touches what cannot be read',
    file: 'src/core/plan/merge.ts',
    before: "if (entry.status !== 'present') return entry.status;",
    after: '',
    caughtBy: unit('core/plan/decision-table', '37 what cannot be read waits'),
  },
  {
    bug: 'a deletion beats an edit',
    file: 'src/core/plan/merge-facets.ts',
    before: 'if (!sameContent(base, remote) || moved(base, remote)) return { ...theirs, revived: true };',
    after: '',
    caughtBy: unit('core/plan/decision-table', '11 deleted against edited'),
  },
  {
    bug: 'the loser of a conflict gets no copy',
    file: 'src/core/plan/conflict-copies.ts',
    before: 'if (merged.loser !== null && !merged.deleted) addCopy(merge, merged, merged.loser);',
    after: '',
    caughtBy: unit('core/plan/decision-table', '8 edited on both sides'),
  },
  {
    bug: 'a new conflict relies on the copy that an earlier one made of the same content',
    file: 'src/core/plan/conflict-copies.ts',
    before: 'const forkedAt = merge.base(node)?.rev ?? 0;',
    after: 'const forkedAt = 0;',
    caughtBy: unit('core/plan/plan', 'makes another copy of a version that loses again'),
  },
  {
    bug: 'the last writer is the one with the larger modification time',
    file: 'src/core/plan/merge-facets.ts',
    before: 'Number(BigInt(local.fingerprint.ctimeNs) / 1_000_000n)',
    after: 'Number(BigInt(local.fingerprint.mtimeNs) / 1_000_000n)',
    caughtBy: unit('core/plan/plan', 'is not told by modification times'),
  },
  {
    bug: 'a clock in the future wins every conflict',
    file: 'src/core/plan/hybrid-stamp.ts',
    before: 'Math.min(Math.round(corrected), Math.round(input.nowMs))',
    after: 'Math.round(corrected)',
    caughtBy: unit('core/plan/hybrid-stamp', 'never runs ahead of now'),
  },
  {
    bug: 'a move that the server asked for passes for one of the user while the content is on its way',
    file: 'src/core/plan/agreed-facets.ts',
    before: 'return isAgreed && moved(row.state, remote) ?',
    after: 'return false ?',
    caughtBy: unit('core/plan/agreed-facets', 'agreedFacets takes the place alone'),
  },
  {
    bug: 'the move of a file waits until its content can be read',
    file: 'src/core/plan/merge-facets.ts',
    before: 'return moved(base, { parent, name }) && !moved(base, remote) ? { parent, name } : null;',
    after: 'return null;',
    caughtBy: unit('core/plan/plan', 'commits that a file was moved although it cannot be read, and then what took its name'),
  },
  {
    bug: 'agreement on a place vouches for other bytes',
    file: 'src/core/plan/agreed-facets.ts',
    before: '{ ...row, diskName: local.diskName, state:',
    after: '{ ...row, diskName: local.diskName, fingerprint: local.fingerprint, state:',
    caughtBy: unit(
      'core/plan/agreed-facets',
      'is an edit when it was moved to there and edited here at the same time, also after a new start',
    ),
  },
  {
    bug: 'BASE moves on before the disk does',
    file: 'src/core/plan/to-operations.ts',
    before: 'if (hindrance === null) apply.push(...folderOps(merged, local));',
    after: 'if (hindrance === null) settle.push(node), apply.push(...folderOps(merged, local));',
    caughtBy: property('convergence', 'of two devices converge and lose nothing'),
  },
  {
    bug: 'the guard lets everything through',
    file: 'src/core/plan/guard.ts',
    before: 'if (cause === null) return { plan, held: null };',
    after: 'if (cause !== undefined) return { plan, held: null };',
    caughtBy: unit('core/plan/guard', 'holds back more than 100 files that are more than half of all'),
  },
  {
    bug: 'a restart forgets that an emptied folder waits for a decision',
    file: 'src/daemon/sync/safety-guard.ts',
    before: 'this.#marks = new Map(deps.store.guardMarks());',
    after: 'this.#marks = new Map();',
    caughtBy: unit(
      'daemon/sync/safety-guard',
      'hazard 48: holds back the deletions of an emptied folder also when something new comes into it, until somebody decides',
    ),
  },
  {
    bug: 'a deleted directory is one commit, however large it is',
    file: 'src/core/plan/split-commits.ts',
    before: 'if (fits(whole.length, sizeOf(whole))) add(whole);',
    after: 'if (whole.length > 0) add(whole);',
    caughtBy: unit(
      'core/plan/split-commits',
      'cuts the deletion of a directory that is larger than a commit, also when the directory comes first',
    ),
  },
  {
    bug: 'what is in a directory is put into the file that had its name',
    file: 'src/core/tree/identify.ts',
    before: '} else if (directory === undefined || !isDirectory(pass.local, directory)) {',
    after: '} else if (directory === undefined) {',
    caughtBy: unit(
      'core/tree/identify',
      'puts nothing into a file when a directory that took its name is listed before the one that both are in',
    ),
  },
  {
    bug: 'the move of what cannot be read goes to a name that is not free',
    file: 'src/core/plan/plan.ts',
    before: 'while (undoMovesOfUnread(merge) || undoCycles(merge));',
    after: 'while (undoCycles(merge));',
    caughtBy: unit(
      'core/plan/plan',
      'waits with the move of a directory that cannot be read to the name of what cannot leave it because it is in there',
    ),
  },
];

/** @type {readonly Mutant[]} */
const disk = [
  {
    bug: 'a rename overwrites what is there',
    file: 'src/daemon/folder/atomic-rename.ts',
    before: 'if (calls.renameNoReplace === null || !supported(() => calls.renameNoReplace?.(from, to))) renameByLink(from, to);',
    after: 'renameSync(from, to);',
    caughtBy: unit('daemon/folder/atomic-rename', 'never overwrites, not even a link to nowhere or an empty directory'),
  },
  {
    bug: 'what comes out of an exchange is not looked at',
    file: 'src/daemon/folder/place-entry.ts',
    before: 'if (out !== null && sameBytes(out.print, expected)) return { placed: true, displaced: null };\n    return',
    after: 'return { placed: true, displaced: null };\n    return',
    caughtBy: unit('daemon/folder/apply-steps', 'comes out of the exchange and is kept for a conflict copy'),
  },
  {
    bug: 'a file is deleted whatever it has become',
    file: 'src/daemon/folder/apply-context.ts',
    before:
      "if (seen !== null && (seen.type === 'directory' ? sameDirectory(seen.print, expected) : this.#sameFile(seen.print, expected)))",
    after: 'if (seen !== null)',
    caughtBy: contract('folder-writer', 'leaves a file alone that is same size and mtime'),
  },
  {
    bug: 'a deleted file does not go to the stash',
    file: 'src/daemon/folder/folder-steps.ts',
    before: 'const entry = context.stash(place, step);\n  const out',
    after: 'rmSync(place.at);\n  return done(null);\n  const out',
    caughtBy: contract('folder-writer', 'removes files into the stash, and directories only when they are empty'),
  },
  {
    bug: 'a directory is deleted with what is in it',
    file: 'src/daemon/folder/folder-steps.ts',
    before: 'rmdirSync(place.at);',
    after: 'rmSync(place.at, { recursive: true });',
    caughtBy: contract('folder-writer', 'removes files into the stash, and directories only when they are empty'),
  },
  {
    bug: 'the stash is emptied without looking who went on writing',
    file: 'src/daemon/folder/sweep.ts',
    before: 'return bytes !== null && seen !== null && (seen.print.size !== bytes.size || seen.print.mtimeNs !== bytes.mtimeNs);',
    after: 'return false;',
    caughtBy: contract('folder-writer', 'gives back bytes that a program wrote to a removed file it had open'),
  },
  {
    bug: 'the root may be another directory by now',
    file: 'src/daemon/folder/apply-steps.ts',
    before: 'requireRoot(job.root, job.identity);',
    after: '',
    caughtBy: contract('folder-writer', 'does nothing in a root that was replaced'),
  },
  {
    bug: 'a file that changes while it is read is taken as it was',
    file: 'src/daemon/transfer/verified-file.ts',
    before: 'if (!sameInEveryWay(open, expected)) return null;',
    after: 'return expected;',
    caughtBy: contract('content-reader', 'notices an edit while a file is read'),
  },
  {
    bug: 'no fsync of a file before it gets its name',
    file: 'src/daemon/folder/staged-files.ts',
    before: 'if (sync) fsyncSync(file);',
    after: '',
    caughtBy: powerLoss('without syncfs keeps every kind of change, with 1 new files'),
  },
  {
    bug: 'no fsync of a directory before BASE moves on',
    file: 'src/daemon/folder/apply-steps.ts',
    before: 'context.directories.sync();',
    after: '',
    caughtBy: powerLoss('without syncfs keeps every kind of change, with 1 new files'),
  },
  {
    bug: 'what a program saved and did not sync is committed all the same',
    file: 'src/daemon/sync/observe.ts',
    before: "deps.onChanges({ directories: [], files: results.flatMap(({ status, path }) => (status === 'read' ? [path] : [])) });",
    after: '',
    caughtBy: regression('saved-and-not-synced'),
  },
  {
    bug: 'a name that nobody synced is committed all the same',
    file: 'src/daemon/sync/observe.ts',
    before: 'deps.onChanges({ directories: found.changed, files: [] });',
    after: '',
    caughtBy: regression('link-made-and-not-synced'),
  },
  {
    bug: 'what could not be made durable counts as durable',
    file: 'src/daemon/folder/apply-steps.ts',
    before: "return results.map((result) => (result.status === 'done' ? { ...result, isUnsynced: true } : result));",
    after: 'return results;',
    caughtBy: unit('daemon/folder/apply-steps', 'says what was done and could not be synced'),
  },
];

/** @type {readonly Mutant[]} */
const protocol = [
  {
    bug: 'no intent is stored before a commit is sent',
    file: 'src/daemon/sync/commit-step.ts',
    before: 'write.setIntent(intent);',
    after: 'void write;',
    caughtBy: {
      project: 'simulation',
      file: 'test/simulation/lost-answer.test.ts',
      test: 'a commit whose answer is not heard (answer-lost)',
    },
  },
  {
    bug: 'a commit is signed although the last one was not answered yet',
    file: 'src/daemon/sync/commit-step.ts',
    before: 'if (deps.store.intent() !== null)',
    after: 'if (ops.length < 0)',
    caughtBy: unit('daemon/sync/commit-step', 'signs nothing while it is not known what became of the last commit'),
  },
  {
    bug: 'a commit need not follow the one before it',
    file: 'src/core/log/log-verifier.ts',
    before: "if (header.prev !== state.head.hash) throw broken('a commit does not follow the one seen before it: the log was forked');",
    after: '',
    caughtBy: unit('core/log/log-verifier', 'is noticed when the log forks'),
  },
  {
    bug: 'a log with a gap is accepted',
    file: 'src/core/log/log-verifier.ts',
    before: "if (header.seq !== state.head.seq + 1) throw broken('a commit is missing from the log');",
    after: '',
    caughtBy: unit('core/log/log-verifier', 'is noticed when one is missing'),
  },
  {
    bug: 'the signature of a commit is not verified',
    file: 'src/core/log/log-verifier.ts',
    before: 'if (!verifyCommitSignature(decoded, credential.signPublicKey)) {',
    after: 'if (!decoded) {',
    caughtBy: unit('core/log/log-verifier', 'a signature by someone else is refused'),
  },
  {
    bug: 'the revision that a commit replaces is not compared',
    file: 'src/core/log/log-verifier.ts',
    before: 'if (rev !== (revisionOf(node)?.rev ?? 0) + 1) throw broken("a commit skips or repeats a node\'s revision");',
    after: '',
    caughtBy: unit('core/log/log-verifier', 'each revision is the next one'),
  },
  {
    bug: 'a counter may be used twice',
    file: 'src/core/log/log-verifier.ts',
    before: 'if (header.counter <= (state.counters.get(header.device) ?? 0)) {',
    after: 'if (header.counter < 0) {',
    caughtBy: unit('core/log/log-verifier', 'a counter is used once'),
  },
  {
    bug: 'a record need not be the one that was signed',
    file: 'src/core/log/commit-record.ts',
    before: "if (recordDigest(bytes) !== named.digest) throw mismatch(named, 'is not the one that was signed');",
    after: '',
    caughtBy: unit('core/log/commit-record', 'refuses other bytes, even a valid record of the same revision'),
  },
  {
    bug: 'a chunk need not be the one it is named as',
    file: 'src/core/chunk/chunk.ts',
    before: 'if (raw.length !== ref.size || chunkId(keys, raw) !== ref.id)',
    after: 'if (raw.length !== ref.size)',
    caughtBy: unit('core/chunk/chunk', 'is refused when a member sealed garbage under the id'),
  },
  {
    bug: 'a commit that is sent again is refused as one on an old head',
    file: 'src/server/services/commits.ts',
    before: 'if (repeated === null) throw new BehindHead(vault);',
    after: 'throw new BehindHead(vault);',
    caughtBy: contract('server-sync', 'answers a commit that is sent again with the first answer'),
  },
  {
    bug: 'a commit may name chunks that are not stored',
    file: 'src/server/services/commits.ts',
    before: 'if (missing.length > 0) {',
    after: 'if (missing.length < 0) {',
    caughtBy: contract('server-sync', 'refuses a commit whose chunks are not stored, and names them'),
  },
];

/** @type {readonly Mutant[]} */
const tokens = [
  {
    bug: 'a token writes into vaults that it is not for',
    file: 'src/core/account/token-scope.ts',
    before: "if (commit.vault === null || !scope.vaults.includes(commit.vault)) return 'a token of other vaults';",
    after: '',
    caughtBy: unit('core/log/log-verifier', 'is nothing in another vault'),
  },
  {
    bug: 'a token that has expired goes on writing',
    file: 'src/core/account/token-scope.ts',
    before: "return commit.at >= scope.expiresAt ? 'a token that had expired' : null;",
    after: 'return null;',
    caughtBy: unit('core/log/log-verifier', 'is nothing at or after its end, by the counter that follows the clock'),
  },
  {
    bug: 'a token reaches the routes that are for devices',
    file: 'src/server/http/app.ts',
    before: 'session: [...accessMiddleware(tokens, sessions), refuseTokens],',
    after: 'session: accessMiddleware(tokens, sessions),',
    caughtBy: contract('server-access', 'GET /account'),
  },
  {
    bug: 'a token that was revoked gets the answer that it waits for',
    file: 'src/server/services/vault-access.ts',
    before: 'if (caller.scope !== null && (await findToken(db, caller.device))?.revoked !== false) {',
    after: 'if (caller.account.length === 0) {',
    caughtBy: contract('server-tokens', 'get nothing any more: no session, no answer, no socket, no commit'),
  },
];

/** @type {readonly Mutant[]} */
const foundBySeeds = [
  {
    bug: 'an exchange is taken back whatever was saved meanwhile',
    file: 'src/daemon/folder/place-entry.ts',
    before: 'if (back === null || sameBytes(back.print, print)) return;',
    after: 'if (back !== undefined) return;',
    caughtBy: unit('daemon/folder/apply-steps', 'to what was just placed stays, when that has to be taken back'),
  },
  {
    bug: 'what the stash did not take is swept away with what was staged',
    file: 'src/daemon/folder/sweep.ts',
    before: 'if (isKept(name)) bringHome(context, context.temp(name), undefined, job);',
    after: 'if (isKept(name)) rmSync(`${base}/${name}`, { force: true });',
    caughtBy: unit('daemon/folder/apply-steps', 'before and after the placing are both kept, when that has to be taken back'),
  },
  {
    bug: 'what was placed in a directory that is not the one meant stands in LOCAL',
    file: 'src/daemon/sync/apply-step.ts',
    before: ' || local.pathOf(parent) === undefined) {',
    after: ') {',
    caughtBy: unit('daemon/sync/apply-step', 'leaves to a scan what was placed in a directory'),
  },
  {
    bug: 'LOCAL starts with what BASE has below a directory that it does not have',
    file: 'src/daemon/sync/vault-trees.ts',
    before: '    this.local.dropUnreachable();\n',
    after: '',
    caughtBy: unit('daemon/sync/vault-trees', 'save what is below a directory that BASE lacks'),
  },
  {
    bug: 'what was in a directory that could be removed stays in LOCAL',
    file: 'src/daemon/sync/apply-step.ts',
    before: "if (step.op === 'remove') removeContents(local, node);",
    after: '',
    caughtBy: unit(
      'daemon/sync/apply-step',
      'holds nothing any more in a directory that could be removed, whatever became of what was in it',
    ),
  },
  {
    bug: 'a conflict copy is committed before the version that wins',
    file: 'src/core/plan/commit-ops.ts',
    before: 'if (original !== null && commits.nodes.has(original)) after.push(original);',
    after: '',
    caughtBy: unit('core/plan/plan', 'hazards 76, 89: commits the copy together with what replaces its version'),
  },
  {
    bug: 'what no scan explains is tried again for ever',
    file: 'src/daemon/sync/failures.ts',
    before: 'if (times > SURPRISES) this.add(',
    after: 'if (times < 0) this.add(',
    caughtBy: unit('daemon/sync/failures', 'include a place that is not as planned again and again, for a reason that no scan shows'),
  },
  {
    bug: 'a disk that ignores case is taken for one that does not',
    file: 'src/core/tree/disk-traits.ts',
    before: 'return ignoresCase ? foldKey(name) : compareKey(name);',
    after: 'return compareKey(name);',
    caughtBy: unit(
      'core/plan/order-apply',
      'hazards 25, 26: on a disk that ignores case, one name takes the place of another, but not of itself',
    ),
  },
  {
    bug: 'a directory that cannot be listed waits to be moved',
    file: 'src/core/plan/merge.ts',
    before: "return local?.status === 'unknown' && !",
    after: "return local?.kind === 'file' && local.status === 'unknown' && !",
    caughtBy: unit('core/plan/plan', 'commits that a directory was moved although it cannot be read, and then what took its name'),
  },
  {
    bug: 'a directory gets its mode only after it was made',
    file: 'src/daemon/folder/folder-steps.ts',
    before: 'mkdirSync(place.at, { mode: wanted });',
    after: 'mkdirSync(place.at, { mode: 0o700 });',
    caughtBy: failingWhileApplying('dies at a file call', 'finds the directories it had made'),
  },
  {
    bug: 'what could not be synced is forgotten',
    file: 'src/daemon/folder/apply-steps.ts',
    before: '{ ...result, isUnsynced: true } : result));',
    after: "{ status: 'failed', code: 'io_error', message: '' } : result));",
    caughtBy: unit('daemon/folder/apply-steps', 'says what was done and could not be synced'),
  },
  {
    bug: 'what could not be synced counts as in sync',
    file: 'src/daemon/sync/cycle.ts',
    before: '    await settleDisk(context);\n    now = replan(context);',
    after: '    now = replan(context);',
    caughtBy: failingWhileApplying('cannot do a file call', 'finds what it had placed, for files of 24 bytes'),
  },
  {
    bug: 'in an empty folder, a removal that could not be synced is in sync',
    file: 'src/daemon/sync/cycle.ts',
    before: 'trees.local.size + trees.base.size > 0',
    after: 'trees.local.size > 0',
    caughtBy: {
      project: 'simulation',
      file: 'test/simulation/killed-while-applying.test.ts',
      test: 'forgets no removal that it could not sync',
    },
  },
  {
    bug: 'what is in its place and cannot be looked at is not placed',
    file: 'src/daemon/folder/place-entry.ts',
    before:
      '  try {\n    return context.look(target)?.print ?? null;\n  } catch (error) {\n    if (errnoOf(error) === null) throw error;\n    return print;\n  }',
    after: '  return context.look(target)?.print ?? print;',
    caughtBy: unit('daemon/folder/apply-steps', 'counts as placed what is in its place'),
  },
  {
    bug: 'a directory that could not be finished is left behind',
    file: 'src/daemon/folder/folder-steps.ts',
    before: '    takeAway(place);\n',
    after: '',
    caughtBy: {
      project: 'simulation',
      file: 'test/simulation/killed-while-applying.test.ts',
      test: 'leaves no directory behind that it cannot finish, nor look at 20 calls later',
    },
  },
  {
    bug: 'what was meant for a directory comes into another one of its name',
    file: 'src/daemon/folder/apply-steps.ts',
    before: "unmade.areOnTheWayOf(step) ? { status: 'changed' } : ",
    after: '',
    caughtBy: unit('daemon/folder/apply-steps', 'puts nothing into a directory that is not the one it was to make or to move there'),
  },
];

/** @type {readonly Mutant[]} */
const ignoring = [
  {
    bug: 'new ignore rules hold only where something else has changed',
    file: 'src/daemon/sync/applied-rules.ts',
    before: "return rules.text === this.#rules?.text ? asked : 'all';",
    after: 'return asked;',
    caughtBy: unit(
      'daemon/sync/applied-rules',
      'hazards 23, 90: looks at everything until all of the folder has been looked at with the present rules',
    ),
  },
  {
    bug: 'what is hidden here never comes, wherever another device has moved it',
    file: 'src/daemon/sync/settle-equal.ts',
    before: '  settleReleased(context);\n',
    after: '',
    caughtBy: regression('hidden-and-moved-into-sight'),
  },
  {
    bug: 'what newer rules bring into sight is made a second time while they are on their way',
    file: 'src/daemon/sync/settle-equal.ts',
    before: '  for (const state of remote.values()) if (isRulesFile(state) || isRulesFile(base.get(state.node)?.state)) return false;\n',
    after: '',
    caughtBy: newerRules,
  },
  {
    bug: 'what newer rules bring into sight is made a second time before the folder is looked at with them',
    file: 'src/daemon/sync/settle-equal.ts',
    before: 'return deps.folder.ignoreRules().text === rules.text;',
    after: 'return true;',
    caughtBy: newerRules,
  },
  {
    bug: 'what was deleted and then hidden does not come back when another device saves it, until all of the folder is looked at',
    file: 'src/daemon/sync/vault-log.ts',
    before: '    forgetHidden(trees.local, intent.dropped);\n',
    after: '',
    caughtBy: regression('deleted-then-hidden-before-the-commit-was-known'),
  },
  {
    bug: 'what moves about among hidden directories comes back into sight',
    file: 'src/core/tree/release-hidden.ts',
    before: " && !isIgnored(path, kind === 'directory')",
    after: '',
    caughtBy: unit('core/tree/release-hidden', 'leaves alone what moves about among what is hidden'),
  },
  {
    bug: 'what another device moves into an ignored directory stays in sight here',
    file: 'src/core/plan/out-of-reach.ts',
    before: "return above === 'excluded' && this.#merge.local(merged.node) !== undefined ? null : above;",
    after: 'return above;',
    caughtBy: unit('core/plan/plan', 'hazard 90: what another device moves out of sight goes there, and what it makes there does not come'),
  },
  {
    bug: 'the ignore rules can hide themselves',
    file: 'src/core/ignore/ignore-rules.ts',
    before: "return path === '' || path === IGNORE_FILE;",
    after: "return path === '';",
    caughtBy: unit('core/ignore/ignore-rules', 'never hide themselves: all devices have the same'),
  },
  {
    bug: 'what was moved, and hidden before the server had that, counts as hidden where it was',
    file: 'src/core/tree/identify.ts',
    before: 'return here !== undefined && row !== undefined && here.parent === row.parent && nameKey(here.diskName) === nameKey(row.name);',
    after: 'return here !== undefined && row !== undefined;',
    caughtBy: unit(
      'core/tree/identify',
      'a file that was moved, and whose new name is ignored before that is committed, is gone from its old one',
    ),
  },
  {
    bug: 'what was moved into a directory that was then hidden is hidden with it',
    file: 'src/core/tree/identify.ts',
    before: 'if (entry !== undefined && wasElsewhere)',
    after: 'if (entry === undefined && wasElsewhere)',
    caughtBy: unit('core/tree/identify', 'so is what was moved into a directory that is ignored before that is committed'),
  },
];

/** @type {readonly Mutant[]} */
const positions = [
  {
    bug: 'a revoked device still says what it has',
    file: 'src/core/log/position.ts',
    before: "if (credential.revokedAtSeq !== null) throw forbidden('a revoked device');",
    after: '',
    caughtBy: unit('daemon/sync/device-positions', 'ignores a revoked device, also when its position is older than that'),
  },
  {
    bug: 'a device has a commit whatever commit that is',
    file: 'src/daemon/sync/device-positions.ts',
    before: 'log.hashOf(position.seq) === position.hash ? position.seq : null',
    after: 'position.seq',
    caughtBy: unit('daemon/sync/device-positions', 'does not believe in a commit that the own log does not have'),
  },
  {
    bug: 'the position of a device goes back',
    file: 'src/server/services/positions.ts',
    before: '((await readPosition(trx, key)) ?? 0) > position.seq',
    after: 'false',
    caughtBy: contract('server-positions', 'positions on sqlite takes the same one again, and none before it'),
  },
];

/** @type {readonly Mutant[]} */
export const mutants = [...planner, ...disk, ...protocol, ...tokens, ...foundBySeeds, ...ignoring, ...positions];
