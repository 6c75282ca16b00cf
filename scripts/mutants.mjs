#!/usr/bin/env node
/**
 * Shows that the tests can fail: puts one deliberate bug after the other (scripts/mutants/list.mjs) into
 * a throw-away copy of the working tree and expects the named test of each to fail, having seen it pass before.
 *
 *   npm run mutants -- [--only "part of a bug's description"]
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './harness/processes.mjs';
import { mutants } from './mutants/list.mjs';

/** @typedef {import('./mutants/list.mjs').Mutant} Mutant */
/** @typedef {'passed' | 'failed' | 'not run'} Verdict */

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const chosen = mutants.filter(({ bug }) => bug.includes(values.only));
const copy = copyTree();
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const problems = [...whereTextIsMissing(), ...whatFailsAnyway()];
for (const problem of problems) console.log(problem);
const survived = problems.length > 0 ? [] : chosen.filter((mutant) => !isCaught(mutant));
const caught = problems.length > 0 ? 0 : chosen.length - survived.length;
console.log(`${String(caught)} caught, ${String(survived.length)} survived`);
process.exitCode = problems.length === 0 && survived.length === 0 && chosen.length > 0 ? 0 : 1;

/** What is tracked or would be, as it is in the working tree now. */
function copyTree() {
  const folder = mkdtempSync(path.join(tmpdir(), 'fsync-mutants-'));
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  for (const file of stdout.split('\0')) {
    if (file === '' || file === 'node_modules' || !existsSync(path.join(projectRoot, file))) continue;
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    cpSync(path.join(projectRoot, file), path.join(folder, file));
  }
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'));
  return folder;
}

function whereTextIsMissing() {
  return chosen.flatMap(({ bug, file, before }) => {
    const times = readFileSync(path.join(copy, file), 'utf8').split(before).length - 1;
    return times === 1 ? [] : [`${bug}: the text to replace is ${String(times)} times in ${file}`];
  });
}

/** Each test is seen to pass without any bug; those of one file together. */
function whatFailsAnyway() {
  const files = new Set(chosen.map(({ caughtBy }) => caughtBy.file));
  return [...files].flatMap((file) => {
    const catchers = chosen.map(({ caughtBy }) => caughtBy).filter((catcher) => catcher.file === file);
    const results = runTests(catchers);
    return catchers.flatMap((catcher) => {
      const verdict = verdictOf(results, catcher);
      return verdict === 'passed' ? [] : [`without any bug, "${catcher.test}" in ${catcher.file}: ${verdict}`];
    });
  });
}

/** @param {Mutant} mutant */
function isCaught({ bug, file, before, after, caughtBy }) {
  const started = Date.now();
  const target = path.join(copy, file);
  const source = readFileSync(target, 'utf8');
  writeFileSync(
    target,
    source.replace(before, () => after),
  );
  const verdict = verdictOf(runTests([caughtBy]), caughtBy);
  writeFileSync(target, source);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${verdict === 'failed' ? 'caught  ' : 'SURVIVED'} ${bug} (${caughtBy.file}: ${caughtBy.test}: ${verdict}, ${seconds} s)`);
  return verdict === 'failed';
}

/**
 * Only tests of one file. A bug that keeps the file from being loaded has no test that failed: it is not caught.
 * @param {readonly import('./mutants/list.mjs').Catcher[]} catchers
 * @returns {readonly { fullName: string, status: string }[]}
 */
function runTests(catchers) {
  const [{ project, file }] = catchers;
  const names = [...new Set(catchers.map(({ test }) => test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))];
  const report = path.join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = ['run', '--project', project, file, '--testNamePattern', `(${names.join('|')})`, '--retry=0'];
  const vitest = path.join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  spawnSync(process.execPath, [vitest, ...args, '--reporter=json', `--outputFile.json=${report}`], {
    cwd: copy,
    stdio: 'ignore',
  });
  if (!existsSync(report)) return [];
  return JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((/** @type {any} */ result) => result.assertionResults);
}

/**
 * @param {readonly { fullName: string, status: string }[]} results
 * @param {import('./mutants/list.mjs').Catcher} catcher
 * @returns {Verdict}
 */
function verdictOf(results, { test }) {
  const own = results.filter(({ fullName, status }) => fullName.includes(test) && (status === 'passed' || status === 'failed'));
  if (own.length === 0) return 'not run';
  return own.some(({ status }) => status === 'failed') ? 'failed' : 'passed';
}
