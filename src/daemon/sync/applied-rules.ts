/** Which ignore rules the whole folder was last looked at with: when they change, what they hide may be anywhere in it. */
import type { IgnoreRules } from '../../core/ignore/ignore-rules.js';
import type { Scope } from './observe.js';

export class AppliedRules {
  #rules: IgnoreRules | null = null;

  /** Null before the whole folder has been looked at. */
  get rules(): IgnoreRules | null {
    return this.#rules;
  }

  /** What to look at with `rules`, when `asked` is what may have changed. */
  scopeFor(rules: IgnoreRules, asked: Scope): Scope {
    return rules.text === this.#rules?.text ? asked : 'all';
  }

  /** A look with `rules` has come to its end. */
  note(rules: IgnoreRules, scope: Scope): void {
    if (scope === 'all') this.#rules = rules;
  }
}
