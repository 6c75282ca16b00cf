#!/usr/bin/env node
/**
 * `npm test`: everything that must hold, from nothing but a checkout. Installs and builds what is
 * missing, runs the checks and all tests, goes on after a failure so that one run shows all of
 * them, and ends with one plain line taken from vitest's own report.
 *
 *   node scripts/test.mjs [--checks-only]     only format, types, lint, boundaries, unused
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfMissing } from './install.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const checksOnly = process.argv.includes('--checks-only');
const failed = [];
const SLOWEST_SHOWN = 15;

installIfMissing(root);
for (const step of ['build', 'format:check', 'types', 'lint', 'boundaries', 'unused']) {
  const started = Date.now();
  const ok = npmRun(step);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) failed.push(step);
}
const counts = checksOnly ? null : runTests();
if (counts !== null && counts.failed > 0) failed.push('tests');
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
if (counts !== null) console.log(closingLine(counts));
process.exit(failed.length === 0 ? 0 : 1);

function npmRun(script) {
  return spawnSync('npm', ['run', '--silent', script], { cwd: root, stdio: 'inherit' }).status === 0;
}

function runTests() {
  const folder = mkdtempSync(path.join(tmpdir(), 'fsync-test-'));
  const report = path.join(folder, 'report.json');
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  try {
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
    const tests = JSON.parse(readFileSync(report, 'utf8'));
    console.log(slowestFiles(tests).join('\n'));
    const result = countTests(tests);
    // Errors outside of any test (an unhandled rejection, a broken set-up) fail the run as well.
    return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that could not even be loaded holds no failed test, but it is a failure. */
function countTests(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Where the time went, so that a suite that grows slow shows what to trim. */
function slowestFiles(report) {
  const files = report.testResults.map(({ name, startTime, endTime }) => ({
    file: path.relative(root, name),
    seconds: (endTime - startTime) / 1000,
  }));
  const slowest = files.toSorted((one, other) => other.seconds - one.seconds).slice(0, SLOWEST_SHOWN);
  return ['slowest test files:', ...slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`)];
}

function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
