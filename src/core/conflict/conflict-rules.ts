/**
 * How conflicts are settled, by path: lines like `*.md conflict=merge` in the `.fsyncattributes` at
 * the root of a vault, in the syntax of .gitattributes. The last line that matches a path decides.
 */
import ignore from 'ignore';
import { isConflictStrategy, type ConflictStrategy } from './conflict-strategy.js';

/** The file at the vault's root that holds the rules. It is synced like any other. */
export const ATTRIBUTES_FILE = '.fsyncattributes';

export interface ConflictRules {
  /** null: no line is about the path. */
  strategyFor(path: string): ConflictStrategy | null;
}

interface Rule {
  readonly strategy: ConflictStrategy;
  readonly matches: (path: string) => boolean;
}

/** Parses the text of a `.fsyncattributes`. Never throws: other attributes, and values that are no strategy, say nothing here. */
export function parseConflictRules(text: string): ConflictRules {
  const rules = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line) => ruleOf(line));
  return {
    strategyFor: (path) => (path === '' ? null : (rules.findLast(({ matches }) => matches(path))?.strategy ?? null)),
  };
}

function ruleOf(line: string): Rule[] {
  const { pattern, attributes } = splitLine(line.trim());
  const value = attributes.findLast((attribute) => attribute.startsWith('conflict='))?.slice('conflict='.length) ?? '';
  if (pattern === '' || !isConflictStrategy(value)) return [];
  const matcher = ignore({ ignoreCase: false, allowRelativePaths: true }).add({ pattern });
  return [{ strategy: value, matches: (path) => matcher.ignores(path) }];
}

/** A pattern with spaces stands in double quotes. A negated one is as forbidden as in .gitattributes. */
function splitLine(line: string): { readonly pattern: string; readonly attributes: readonly string[] } {
  const [, quoted, bare = '', rest = ''] = /^(?:"([^"]*)"|([^\s#!"]\S*))(.*)$/.exec(line) ?? [];
  return { pattern: quoted ?? bare, attributes: rest.split(/\s+/).filter((part) => part !== '') };
}
