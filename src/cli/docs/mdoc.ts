/** Building blocks of a manual page in the mdoc language. */
import { splitFlags, type OperandSpec, type OptionSpec } from '../table/command-spec.js';

/** Text as input lines: one sentence a line, nothing in it is a request. */
export function prose(text: string): readonly string[] {
  return text.split(/(?<=[.!?]) (?=[A-Z0-9])/).flatMap((sentence) => wrapped(sentence).map((line) => guarded(escaped(line))));
}

const MAX_LINE = 72;

function wrapped(sentence: string): readonly string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= MAX_LINE) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Lines of a literal block: shown as they are. */
export function literal(lines: readonly string[]): readonly string[] {
  return ['.Bd -literal -offset indent', ...lines.map((line) => guarded(escaped(line))), '.Ed'];
}

/** A list of terms; the term is a macro line already. */
export function tagList(entries: readonly (readonly [string, readonly string[]])[]): readonly string[] {
  if (entries.length === 0) return [];
  return ['.Bl -tag -width Ds', ...entries.flatMap(([term, lines]) => [`.It ${term}`, ...lines]), '.El'];
}

/** 'Fl n , Fl Fl number Ar N' */
export function optionTerm(option: OptionSpec): string {
  const { short, long, value } = splitFlags(option.flags);
  const names = [...(short === null ? [] : [`Fl ${short.slice(1)}`]), ...(long === null ? [] : [`Fl Fl ${escaped(long.slice(2))}`])];
  return `${names.join(' , ')}${value === null ? '' : ` Ar ${value}`}`;
}

/** 'Op Ar PATH ...' */
export function operandTerm(operand: OperandSpec): string {
  const name = `Ar ${operand.name}${operand.variadic === true ? ' ...' : ''}`;
  return operand.required === true ? name : `Op ${name}`;
}

/** A word for a macro line. */
export function macroWord(word: string): string {
  return `\\&${escaped(word)}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/[^ -~]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** A line that starts with a dot or an apostrophe would be a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
