/**
 * Defines one test for each scenario, in one mode of living.
 *
 * FSYNC_SCENARIO_FILE names another file of scenarios; FSYNC_SCENARIO_DATABASE=postgres puts
 * PostgreSQL and Redis behind the server; FSYNC_SCENARIO_DETAILS=1 prints the trees and steps of
 * those that pass as well.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import { hasSharedServices } from '../support/shared-services.js';
import type { ScenarioMode } from './cli-device.js';
import { openCliSite, type Backend, type CliSite } from './cli-world.js';
import type { Owner } from './file-operations.js';
import { showEntry, type FolderTree } from '../../scripts/harness/folder-tree.mjs';
import { knownFailures } from './known-failures.js';
import { runScenario, type ScenarioReport } from './run-scenario.js';
import { readScenarios, type Scenario } from './scenario-file.js';

const details = process.env['FSYNC_SCENARIO_DETAILS'] === '1';
const chosenFile = process.env['FSYNC_SCENARIO_FILE'];
const files =
  chosenFile === undefined ? ['scenarios.json', 'more-scenarios.json'].map((name) => new URL(name, import.meta.url)) : [chosenFile];
const scenarios = files.flatMap((file) => readScenarios(file));
const chosenBackend: Backend = process.env['FSYNC_SCENARIO_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite';

/** A user without privileges, for scenarios about permissions when the tests run as root. */
const NOBODY: Owner = { uid: 65_534, gid: 65_534 };

interface SuiteOptions {
  readonly mode: ScenarioMode;
  readonly backend?: Backend;
  readonly only?: (scenario: Scenario) => boolean;
}

export function defineScenarios({ mode, backend = chosenBackend, only = () => true }: SuiteOptions): void {
  describe.skipIf(backend === 'postgres' && !hasSharedServices)(`scenarios, ${mode}, on ${backend}`, () => {
    const sites = new Map<string, Promise<CliSite>>();
    const site = (owner: Owner | null): Promise<CliSite> => {
      const key = owner === null ? 'self' : String(owner.uid);
      const open = sites.get(key) ?? openCliSite({ mode, backend, owner });
      sites.set(key, open);
      return open;
    };

    beforeAll(() => {
      if (!existsSync(path.join(projectRoot, 'dist', 'cli', 'main.js'))) throw new Error('not built: run npm run build');
    });
    afterAll(async () => {
      for (const open of await Promise.allSettled(sites.values())) if (open.status === 'fulfilled') await open.value.close();
    });

    for (const scenario of scenarios.filter(only)) {
      const expected = knownFailures[mode][scenario.id];
      const lacking = missingRequirement(scenario);
      const title = `${scenario.id}${expected === undefined ? '' : ` (expected to fail: ${expected})`}${lacking === null ? '' : ` (needs ${lacking})`}`;
      // Skipped only where this machine lacks what the scenario says it needs; the title names it.
      const define = lacking !== null ? it.skip : expected === undefined ? it : it.fails;
      define(title, async () => {
        const owner = scenario.requires.includes('non-root') && isRoot() ? NOBODY : null;
        for (let attempt = 1; attempt <= scenario.repeat; attempt++) await playOnce(await site(owner), scenario);
      });
    }
  });
}

async function playOnce(site: CliSite, scenario: Scenario): Promise<void> {
  const world = await site.open(scenario);
  const report = await runScenario(scenario, world);
  if (details || report.notes.length > 0) process.stdout.write(`${describeReport(scenario, report)}\n`);
  const closing = await Promise.allSettled([world.close()]);
  if (report.problems.length > 0) expect.fail(describeReport(scenario, report));
  for (const result of closing) if (result.status === 'rejected') throw result.reason;
}

function describeReport(scenario: Scenario, { problems, notes, trace, trees }: ScenarioReport): string {
  const lines = [`${scenario.id}: ${problems.length === 0 ? 'holds' : 'does not hold'} (${scenario.source})`];
  lines.push(...problems.map((problem) => `  - ${problem}`), ...notes.map((note) => `  note: ${note}`));
  if (problems.length > 0 || details) {
    lines.push('  steps:', ...trace.map((step) => `    ${step}`));
    for (const [name, tree] of trees) lines.push(`  ${name} at the end:`, showTree(tree));
  }
  return lines.join('\n');
}

/** One line an entry. */
function showTree(tree: FolderTree): string {
  return [...tree].map(([file, entry]) => `    ${file}: ${showEntry(entry)}`).join('\n');
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** What this machine lacks for the scenario, or null. */
function missingRequirement(scenario: Scenario): string | null {
  for (const requirement of scenario.requires) {
    if (requirement === 'non-root' && isRoot() && !nobodyCanRun()) return 'a user without privileges that can read the project';
    if (requirement === 'case-sensitive-fs' && !caseSensitive()) return 'a case-sensitive file system';
    if (!KNOWN.has(requirement)) return requirement;
  }
  return null;
}

const KNOWN = new Set(['non-root', 'case-sensitive-fs', 'symlinks', 'symlink-sync', 'network-proxy']);

function nobodyCanRun(): boolean {
  const program = path.join(projectRoot, 'package.json');
  const script = `require('node:fs').readFileSync(${JSON.stringify(program)})`;
  return spawnSync(process.execPath, ['-e', script], { ...NOBODY, cwd: '/' }).status === 0;
}

function caseSensitive(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'fsync-case-'));
  try {
    writeFileSync(path.join(folder, 'case'), '');
    return !existsSync(path.join(folder, 'CASE'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
