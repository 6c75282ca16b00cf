/**
 * Which paths a vault leaves alone: gitignore patterns from the `.fsyncignore` at its root, after
 * the built-in rule that hides the private folder. Paths are relative to the root and as on disk.
 */
import ignore from 'ignore';
import { pathComponents } from '../base/rel-path.js';

/** The file at the vault's root that holds the rules. It is synced like any other, whatever they say. */
export const IGNORE_FILE = '.fsyncignore';

export interface IgnoreRule {
  readonly pattern: string;
  /** Line in `.fsyncignore`, from 1; 0 for a built-in rule. */
  readonly line: number;
}

export interface IgnoreVerdict {
  readonly ignored: boolean;
  /** The rule that decided, also one with '!' that keeps the path; null when no rule matches. */
  readonly rule: IgnoreRule | null;
}

export interface IgnoreRules {
  /** What they were parsed from: rules with the same text ignore the same. */
  readonly text: string;
  /** True when the path, or a directory above it, is ignored. */
  ignores(path: string, isDirectory: boolean): boolean;
  /** The verdict of `ignores` and the rule behind it. */
  explain(path: string, isDirectory: boolean): IgnoreVerdict;
}

const BUILT_IN: IgnoreRule = { pattern: '.fsync/', line: 0 };
const KEPT: IgnoreVerdict = { ignored: false, rule: null };

/** Parses the text of a `.fsyncignore`. Never throws: a line that is no pattern matches nothing. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = patternLines(text);
  if (rules.length === 0) return { text, ignores: isPrivate, explain: (path) => (isPrivate(path) ? builtInVerdict() : KEPT) };
  const matcher = ignore({ ignoreCase: false, allowRelativePaths: true });
  matcher.add(rules.map(({ pattern, line }) => ({ pattern, mark: String(line) })));
  const test = (path: string, isDirectory: boolean) => matcher.test(isDirectory ? `${path}/` : path);
  return {
    text,
    ignores: (path, isDirectory) => isPrivate(path) || (!isExempt(path) && test(path, isDirectory).ignored),
    explain: (path, isDirectory) => {
      if (isPrivate(path)) return builtInVerdict();
      if (isExempt(path)) return KEPT;
      const { ignored, unignored, rule } = test(path, isDirectory);
      if (rule !== undefined) return { ignored, rule: { pattern: rule.pattern, line: Number(rule.mark ?? 0) } };
      return { ignored, rule: unignored ? keepingRule(rules, path, isDirectory) : null };
    },
  };
}

/** The private folder of this vault and of any other inside it. */
function isPrivate(path: string): boolean {
  return path.includes('.fsync') && pathComponents(path).includes('.fsync');
}

/** The root, and the rules themselves: hidden by a '*', they would no longer be the same on all devices. */
function isExempt(path: string): boolean {
  return path === '' || path === IGNORE_FILE;
}

function builtInVerdict(): IgnoreVerdict {
  return { ignored: true, rule: BUILT_IN };
}

/** The last '!' line that matches by itself. */
function keepingRule(rules: readonly IgnoreRule[], path: string, isDirectory: boolean): IgnoreRule | null {
  return (
    rules.findLast(
      ({ pattern }) =>
        pattern.startsWith('!') &&
        ignore({ ignoreCase: false, allowRelativePaths: true })
          .add({ pattern: pattern.slice(1) })
          .ignores(isDirectory ? `${path}/` : path),
    ) ?? null
  );
}

/** Lines that hold a pattern. A byte order mark and CRLF line ends are tolerated. */
function patternLines(text: string): readonly IgnoreRule[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((pattern, index) => ({ pattern, line: index + 1 }))
    .filter(({ pattern }) => pattern.trim() !== '' && !pattern.startsWith('#'));
}
