/** Is there anything left to do in one direction, but what only a person or another device can change? */
import type { CycleOutcome } from './cycle.js';
import type { Failure } from './failures.js';
import { roleHere, type RoleContext } from './vault-role.js';
import type { SyncDirection } from './waiters.js';

export function isQuiet(
  { plan, waiting }: CycleOutcome,
  of: { direction: SyncDirection; context: RoleContext; failures: readonly Failure[] },
): boolean {
  const stuck = new Set([...waiting.map(({ op }) => op.node), ...of.failures.map(({ node }) => node)]);
  const uploads = roleHere(of.context) === 'reader' ? 0 : plan.commit.length;
  const downloads = plan.apply.filter((op) => !stuck.has(op.node)).length;
  return (of.direction === 'pull' || uploads === 0) && (of.direction === 'push' || downloads === 0);
}
