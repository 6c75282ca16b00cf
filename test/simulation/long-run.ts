/**
 * `npm run sim -- --seeds N --start S`: many seeds, on all cores, with progress and a summary.
 * `--seed S --trace` shows one in full, `--file F --trace` a regression.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { oneRun, runBlock, type Block, type BlockReport } from './block.js';
import type { Scenario } from './seeds.js';

const BLOCK = 20;
const PROGRESS_MS = 15_000;

interface Plan {
  readonly start: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly mostFailures: number;
  readonly once: boolean;
  readonly trace: boolean;
  /** In place of seeds: a scenario as the regressions are. */
  readonly file: string | null;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      start: { type: 'string', default: '1' },
      seed: { type: 'string' },
      file: { type: 'string' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      once: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      'most-failures': { type: 'string', default: '5' },
    },
  });
  const { seed, once, trace, file = null } = values;
  const [start, seeds] = seed === undefined ? [Number(values.start), Number(values.seeds)] : [Number(seed), 1];
  return { start, seeds, jobs: Number(values.jobs), mostFailures: Number(values['most-failures']), once, trace, file };
}

/** A process that runs one block after the other, as they are sent to it. */
function startWorker(): ChildProcess {
  return fork(fileURLToPath(import.meta.url), { execArgv: ['--enable-source-maps'] });
}

async function ask(worker: ChildProcess, block: Block): Promise<BlockReport> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => {
      reject(new Error(`the process for seeds ${String(block.first)} to ${String(block.last)} ended with ${String(code)}`));
    };
    worker.once('exit', died);
    worker.once('message', (report) => {
      worker.off('exit', died);
      resolve(report as BlockReport);
    });
    worker.send(block);
  });
}

async function runFile(file: string, trace: boolean): Promise<number> {
  const text = await oneRun(JSON.parse(readFileSync(file, 'utf8')) as Scenario, trace);
  console.log(text);
  return text.startsWith('holds') ? 0 : 1;
}

async function runAll({ start, seeds, jobs, mostFailures, once, trace }: Plan): Promise<number> {
  const startedAt = performance.now();
  const end = start + seeds;
  const failed: number[] = [];
  const total = { seeds: 0, steps: 0 };
  let next = start;
  let shownAt = startedAt;
  const show = (): void => {
    const rate = (total.seeds * 1000) / (performance.now() - startedAt);
    console.log(`${String(total.seeds)} of ${String(seeds)} seeds, ${String(failed.length)} failed, ${rate.toFixed(1)} a second`);
    shownAt = performance.now();
  };
  const work = async (): Promise<void> => {
    const worker = startWorker();
    while (next < end && failed.length < mostFailures) {
      const block = { first: next, last: Math.min(next + BLOCK, end) - 1, once, trace };
      next = block.last + 1;
      const report = await ask(worker, block);
      total.seeds += report.seeds;
      total.steps += report.steps;
      failed.push(...report.failed);
      if (report.text !== '') console.log(report.text);
      if (performance.now() - shownAt > PROGRESS_MS) show();
    }
    worker.disconnect();
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, Math.ceil(seeds / BLOCK))) }, work));
  show();
  const outcome = failed.length === 0 ? 'all hold' : `failed ${failed.sort((a, b) => a - b).join(' ')}`;
  console.log(
    `${String(total.seeds)} seeds from ${String(start)}, ${once ? 'once' : 'twice'} each: ${outcome}; ${String(total.steps)} steps`,
  );
  return failed.length === 0 ? 0 : 1;
}

if (process.send === undefined) {
  const plan = readPlan();
  process.exitCode = await (plan.file === null ? runAll(plan) : runFile(plan.file, plan.trace));
} else {
  process.on('message', (block) => {
    void runBlock(block as Block).then((report) => process.send?.(report));
  });
}
