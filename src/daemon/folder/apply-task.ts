/** Worker task: changes a vault's folder. It is not stopped half-way: its answer says what is on the disk. */
import type { StepResult } from '../ports.js';
import { runApplyJob, type ApplyJob } from './apply-steps.js';

export function run(job: ApplyJob): readonly StepResult[] {
  return runApplyJob(job);
}
