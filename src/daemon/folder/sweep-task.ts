/** Worker task: tidies the private folder of a vault. */
import { runSweepJob, type SweepJob } from './sweep.js';

export function run(job: SweepJob): void {
  runSweepJob(job);
}
