/**
 * One workload, again and again: each time one more call of a port goes by before one fails, or the
 * process dies or the power goes in it, until a run ends without having reached that call.
 * FSYNC_NTH_STRIDE=1 tries every call; by default a few are left out between two, others for each fault.
 */
import { expect, describe, it, vi } from 'vitest';
import { showCommand, type Command } from './commands.js';
import { runWorld } from './world.js';

vi.mock('node:fs', () => import('./node-fs.js'));
vi.mock('node:fs/promises', () => import('./node-fs-promises.js'));

/** Every kind of change to a folder, made on A and on B, and conflicts between them. */
const workload: readonly Command[] = [
  { on: 'A', op: 'mkdir', path: 'd' },
  { on: 'A', op: 'write', path: 'd/large', size: 3000 },
  { on: 'A', op: 'write', path: 'd/small', size: 24 },
  { on: 'A', op: 'symlink', path: 'link', target: 'd' },
  { on: 'A', op: 'wait', ms: 3_000 },
  { on: 'B', op: 'save', path: 'd/large', size: 3000 },
  { on: 'B', op: 'mv', path: 'd', to: 'f' },
  { on: 'B', op: 'chmod', path: 'f/small' },
  { on: 'A', op: 'wait', ms: 3_000 },
  { on: 'A', op: 'write', path: 'f/small', size: 40 },
  { on: 'B', op: 'append', path: 'f/small' },
  { on: 'A', op: 'mv', path: 'f/large', to: 'large' },
  { on: 'B', op: 'rm', path: 'link' },
  { on: 'B', op: 'wait', ms: 3_000 },
  { on: 'A', op: 'rmrf', path: 'f' },
  { on: 'A', op: 'wait', ms: 3_000 },
];

type Fault = Extract<Command, { readonly nth: number; readonly kind: string }>;
type AnyFault = Fault extends infer One ? (One extends Fault ? Omit<One, 'nth'> : never) : never;

const onDevice = (on: 'A' | 'B'): AnyFault[] => [
  ...(['EIO', 'ENOSPC', 'EACCES', 'kill', 'power-loss'] as const).map((kind) => ({ on, op: 'disk-fault' as const, kind })),
  ...(['refused', 'answer-lost', 'kill'] as const).map((kind) => ({ on, op: 'network-fault' as const, kind })),
  ...(['full', 'kill', 'power-loss'] as const).map((kind) => ({ on, op: 'state-fault' as const, kind })),
];
const onServer = (['database', 'blobs'] as const).map((kind) => ({ on: 'A' as const, op: 'server-fault' as const, kind }));

/** So many calls of a disk or a database go by between two that are tried; prime, so that no rhythm of the calls hides one. */
const STRIDES = { 'disk-fault': 31, 'network-fault': 1, 'state-fault': 1, 'server-fault': 7 };
const stride = (fault: AnyFault): number => Number(process.env['FSYNC_NTH_STRIDE'] ?? STRIDES[fault.op]);

describe('hazards 44, 80: the n-th call fails, for every n', () => {
  [...onDevice('A'), ...onDevice('B'), ...onServer].forEach((fault, index) => {
    it(showCommand({ ...fault, nth: 0 }).replace(' nth=0', ''), async () => {
      const step = stride(fault);
      let nth = 1 + (index % step);
      while (await strikes({ ...fault, nth })) nth += step;
      expect(nth, 'a first call was reached').toBeGreaterThan(step);
    });
  });
});

/** @returns whether there was an n-th call to fail */
async function strikes(fault: Fault): Promise<boolean> {
  const { failure, lines } = await runWorld([fault, ...workload], { devices: ['A', 'B'], scheduleSeed: fault.nth });
  if (failure !== null) expect.fail(`${showCommand(fault)}: ${failure}`);
  const mark = fault.op === 'server-fault' ? `server fault ${fault.kind}` : `${fault.on} fault ${fault.kind}`;
  return lines.some((line) => line.endsWith(mark));
}
