/** Plans, and writes down at once what needs nothing done: what turned out to be in sync, to be another node, or to be new here. */
import type { Plan } from '../../core/plan/operation.js';
import { plan as makePlan } from '../../core/plan/plan.js';
import { adoptEqualNames } from '../../core/tree/adopt-equal-names.js';
import { releaseHidden } from '../../core/tree/release-hidden.js';
import type { CycleContext } from './cycle.js';
import { roleHere } from './vault-role.js';

export function settleEqual(context: CycleContext): Plan {
  const { deps, trees } = context;
  settleReleased(context);
  const adoption = adoptEqualNames(trees.base, trees.local, trees.remote);
  if (adoption.adopted.size > 0) deps.folder.store.transaction((write) => trees.followAdoption(write, adoption));
  const { id: device, name: deviceName } = deps.device;
  const readOnly = roleHere(context) === 'reader';
  const planContext = { device, deviceName, nowMs: deps.clock.now(), serverOffsetMs: deps.serverOffsetMs(), readOnly };
  const plan = makePlan({ base: trees.base, local: trees.local, remote: trees.remote, context: planContext });
  if (plan.agreed.length + plan.settle.length + plan.equal.length + plan.overruled.length > 0) {
    deps.folder.store.transaction((write) => {
      for (const entry of plan.agreed) trees.setBase(write, entry);
      for (const node of plan.overruled) trees.forgetDeletion(write, node);
      trees.settle(write, plan.settle);
      for (const node of plan.equal) trees.forgetChange(write, node);
    });
  }
  return plan;
}

/** What is hidden is compared with the server's places by the rules that the folder was last looked at with: by newer ones it may be in sight. */
function settleReleased({ deps, trees, appliedRules: { rules } }: CycleContext): void {
  if (rules === null || trees.remote.size === 0) return;
  const isIgnored = rules.ignores.bind(rules);
  const released = releaseHidden(trees.local, trees.remote, { remotePath: (node) => trees.remotePath(node), isIgnored });
  if (released.length === 0) return;
  deps.folder.store.transaction((write) => {
    for (const node of released) trees.forgetDeletion(write, node);
  });
}
