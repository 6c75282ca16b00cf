/** Plans, and writes down at once what needs nothing done: what turned out to be in sync, to be another node, or to be new here. */
import { ROOT_NODE } from '../../core/base/ids.js';
import { IGNORE_FILE, type IgnoreRules } from '../../core/ignore/ignore-rules.js';
import type { Plan } from '../../core/plan/operation.js';
import { plan as makePlan } from '../../core/plan/plan.js';
import { adoptEqualNames } from '../../core/tree/adopt-equal-names.js';
import type { NodeState } from '../../core/tree/node.js';
import { releaseHidden, type HiddenContext } from '../../core/tree/release-hidden.js';
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

/**
 * What is hidden is compared with the server's places by the rules that the folder was last looked at with: by newer ones it may
 * be in sight, and is then moved like anything else. So nothing is released while newer ones are on their way or not looked at with.
 */
function settleReleased(context: CycleContext): void {
  const { deps, trees } = context;
  const { rules } = context.appliedRules;
  if (rules === null || trees.remote.size === 0) return;
  let isLatest: boolean | undefined;
  const isIgnored: HiddenContext['isIgnored'] = (path, isDirectory) =>
    rules.ignores(path, isDirectory) || !(isLatest ??= areLatest(context, rules));
  const released = releaseHidden(trees.local, trees.remote, { remotePath: (node) => trees.remotePath(node), isIgnored });
  if (released.length === 0) return;
  deps.folder.store.transaction((write) => {
    for (const node of released) trees.forgetDeletion(write, node);
  });
}

function areLatest({ deps, trees: { base, remote } }: CycleContext, rules: IgnoreRules): boolean {
  for (const state of remote.values()) if (isRulesFile(state) || isRulesFile(base.get(state.node)?.state)) return false;
  return deps.folder.ignoreRules().text === rules.text;
}

function isRulesFile(state: NodeState | undefined): boolean {
  return state?.parent === ROOT_NODE && state.name === IGNORE_FILE;
}
