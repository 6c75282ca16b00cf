/** The part of Markdown that the documents of this project use, as the body of a manual page. */
import { literal, macroWord, prose, tagList } from './mdoc.js';

const FENCE = '```';
const BULLET = /^- /;
const NUMBER = /^\d+\. /;
const TABLE = /^\|/;

/** Headings of the second level begin sections, of the third subsections; what is above the first section is a description. */
export function markdownBody(markdown: string): readonly string[] {
  const lines = markdown.split('\n');
  const body: string[] = ['.Sh DESCRIPTION'];
  let at = lines[0]?.startsWith('# ') === true ? 1 : 0;
  while (at < lines.length) {
    const block = blockAt(lines, at);
    body.push(...block.lines);
    at = block.next;
  }
  return body;
}

interface Block {
  readonly lines: readonly string[];
  /** The first line after it. */
  readonly next: number;
}

function blockAt(lines: readonly string[], at: number): Block {
  const line = lines[at] ?? '';
  if (line === '') return { lines: [], next: at + 1 };
  if (line.startsWith('### ')) return { lines: [`.Ss ${macroWord(plain(line.slice(4)))}`], next: at + 1 };
  if (line.startsWith('## ')) return { lines: [`.Sh ${macroWord(plain(line.slice(3)).toUpperCase())}`], next: at + 1 };
  if (line.startsWith(FENCE)) return fenced(lines, at);
  const run = (isPart: (text: string) => boolean): readonly string[] => {
    const rest = lines.slice(at);
    const length = rest.findIndex((text) => !isPart(text));
    return length < 0 ? rest : rest.slice(0, length);
  };
  if (TABLE.test(line))
    return counted(
      run((text) => TABLE.test(text)),
      at,
      table,
    );
  if (BULLET.test(line))
    return counted(
      run((text) => BULLET.test(text)),
      at,
      (items) => itemList('bullet', items, BULLET),
    );
  if (NUMBER.test(line))
    return counted(
      run((text) => NUMBER.test(text)),
      at,
      (items) => itemList('enum', items, NUMBER),
    );
  const paragraph = run((text) => text !== '' && !text.startsWith('#') && !text.startsWith(FENCE) && !TABLE.test(text));
  // A line of links within a page leads nowhere on paper.
  if (paragraph.join(' ').startsWith('Contents: ')) return { lines: [], next: at + paragraph.length };
  return counted(paragraph, at, (texts) => ['.Pp', ...prose(plain(texts.join(' ')))]);
}

function counted(part: readonly string[], at: number, make: (part: readonly string[]) => readonly string[]): Block {
  return { lines: make(part), next: at + part.length };
}

function fenced(lines: readonly string[], at: number): Block {
  const end = lines.indexOf(FENCE, at + 1);
  return { lines: literal(lines.slice(at + 1, end)), next: end + 1 };
}

function itemList(kind: 'bullet' | 'enum', items: readonly string[], mark: RegExp): readonly string[] {
  return [`.Bl -${kind}`, ...items.flatMap((item) => ['.It', ...prose(plain(item.replace(mark, '')))]), '.El'];
}

/** The first cell is the term; the others are told below it, each with the title of its column when there are several. */
function table(rows: readonly string[]): readonly string[] {
  const [head = [], , ...cells] = rows.map(cellsOf);
  return tagList(
    cells.map(([term = '', ...rest]) => {
      const told = rest.map((cell, index) => (rest.length === 1 || cell === '' ? cell : `${head[index + 1] ?? ''}: ${cell}.`));
      const meaning = told.filter((text) => text !== '').join(' ');
      return [`Sy ${macroWord(term)}`, meaning === '' ? [] : prose(meaning)] as const;
    }),
  );
}

function cellsOf(row: string): readonly string[] {
  return row
    .slice(1, row.lastIndexOf('|'))
    .split('|')
    .map((cell) => plain(cell.trim()));
}

/** Without marks for code, emphasis and links. */
function plain(text: string): string {
  return text
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll(/(?<![\w`])_([^_`]+)_(?![\w`])/g, '$1')
    .replaceAll('`', '');
}
