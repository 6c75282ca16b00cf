/** The screens of the interactive `fsync resolve`. */
import { Box, Text } from 'ink';
import type { ReactElement, ReactNode } from 'react';
import type { ConflictStatus } from '../../core/protocol/ipc.js';
import { printable } from '../output/printable.js';
import { formatBytes, formatCount, formatTime } from '../output/quantities.js';
import { textWidth } from '../output/width.js';
import type { ConflictSide, ConflictSides } from '../resolve/conflict-sides.js';
import { keyHelp } from '../resolve/resolve-keys.js';
import { windowStart, type Decision, type ResolveState } from '../resolve/resolve-state.js';
import { fitted, type ComparisonLine, type ComparisonPart } from './comparison.js';

interface ScreenProps {
  readonly state: ResolveState;
  readonly now: number;
  readonly color: boolean;
  readonly page: number;
}

const CHOICE_TEXT: Readonly<Record<Decision['choice'], string>> = {
  ours: 'ours',
  theirs: 'theirs',
  both: 'both',
  merge: 'merge',
  edit: 'edited',
};
const CHOICE_WIDTH = 6;
const OUTCOME: Readonly<Record<Decision['choice'], string>> = {
  ours: 'keep the version of this device',
  theirs: 'keep the version of the other device',
  both: 'keep both as files of their own',
  merge: 'merge line by line; stays a conflict if that is not possible',
  edit: 'keep the text that you edited',
};

/** Styles only where colour is wanted: without it every screen is plain characters. */
function Line({
  color,
  bold = false,
  dim = false,
  tint,
  children,
}: {
  readonly color: boolean;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly tint?: string | undefined;
  readonly children: ReactNode;
}): ReactElement {
  const styles = color ? { bold, dimColor: dim, ...(tint === undefined ? {} : { color: tint }) } : {};
  return (
    <Text wrap="truncate" {...styles}>
      {children}
    </Text>
  );
}

export function ListScreen({
  state,
  now,
  color,
  page,
  vault,
  columns,
}: ScreenProps & { readonly vault: string; readonly columns: number }): ReactElement {
  const { conflicts, selected, decisions } = state;
  const start = windowStart(selected, page, conflicts.length);
  const shown = conflicts.slice(start, start + page);
  const times = shown.map(({ at }) => formatTime(at, now));
  const room = columns - CHOICE_WIDTH - 6 - Math.max(0, ...times.map(textWidth));
  const names = shown.map(({ path }) => fitted(printable(path), room));
  const width = Math.max(0, ...names.map(textWidth));
  return (
    <>
      <Line color={color} bold>
        {`${formatCount(conflicts.length, 'conflict')} in ${printable(vault)}${decisions.size === 0 ? '' : `, ${String(decisions.size)} chosen`}`}
      </Line>
      <Text> </Text>
      {shown.map(({ copy }, index) => {
        const isSelected = start + index === selected;
        const name = names[index] ?? '';
        const choice = decisions.get(copy);
        return (
          <Line key={copy} color={color} bold={isSelected} tint={choice === undefined ? undefined : 'green'}>
            {`${isSelected ? '>' : ' '} ${(choice === undefined ? '·' : CHOICE_TEXT[choice.choice]).padEnd(CHOICE_WIDTH)}  ${name}${' '.repeat(width - textWidth(name))}  ${times[index] ?? ''}`}
          </Line>
        );
      })}
      {conflicts.length > page && (
        <Line color={color} dim>{`  ${String(start + 1)}–${String(start + shown.length)} of ${String(conflicts.length)}`}</Line>
      )}
    </>
  );
}

export function ConflictScreen({
  state,
  now,
  color,
  page,
  conflict,
  sides,
  lines,
}: ScreenProps & {
  readonly conflict: ConflictStatus;
  readonly sides: ConflictSides | null;
  readonly lines: readonly ComparisonLine[];
}): ReactElement {
  const decision = state.decisions.get(conflict.copy);
  const start = Math.max(0, Math.min(state.scroll, lines.length - page));
  const end = Math.min(lines.length, start + page);
  const position = `${String(state.selected + 1)} of ${String(state.conflicts.length)}`;
  return (
    <>
      <Line color={color} bold>
        {`${printable(conflict.path)}  (${position})`}
      </Line>
      <Line color={color} tint={decision === undefined ? 'yellow' : 'green'}>
        {decision === undefined ? 'Nothing chosen yet.' : `Chosen: ${OUTCOME[decision.choice]}.`}
      </Line>
      {sides === null ? (
        <Line color={color} dim>
          Fetching both versions …
        </Line>
      ) : (
        <>
          <SideLine mark="- ours  " side={sides.ours} tint="red" now={now} color={color} />
          <SideLine mark="+ theirs" side={sides.theirs} tint="green" now={now} color={color} />
        </>
      )}
      <Line color={color} dim>
        {lines.length > page ? `── lines ${String(start + 1)}–${String(end)} of ${String(lines.length)} ──` : '──'}
      </Line>
      {lines.slice(start, end).map((line, index) => (
        <Text key={start + index} wrap="truncate">
          {line.map((part, at) => (
            <Part key={at} part={part} color={color} />
          ))}
        </Text>
      ))}
    </>
  );
}

interface SideLineProps {
  readonly mark: string;
  readonly side: ConflictSide;
  readonly tint: string;
  readonly now: number;
  readonly color: boolean;
}

function SideLine({ mark, side, tint, now, color }: SideLineProps): ReactElement {
  const { user, device, at, kind, size } = side;
  const parts = [
    device === '' ? null : `${user === null ? '' : `${user} on `}${device}`,
    at === null ? null : formatTime(at, now),
    kind === 'file' ? formatBytes(size) : kind,
  ].filter((part) => part !== null);
  return (
    <Line color={color} tint={tint}>
      {`${mark}  ${parts.map(printable).join('  ')}`}
    </Line>
  );
}

const TINTS: Readonly<Record<ComparisonPart['style'], string | undefined>> = {
  plain: undefined,
  ours: 'red',
  theirs: 'green',
  dim: undefined,
};

function Part({ part: { text, style }, color }: { readonly part: ComparisonPart; readonly color: boolean }): ReactElement {
  return (
    <Line color={color} dim={style === 'dim'} tint={TINTS[style]}>
      {text}
    </Line>
  );
}

export function ConfirmScreen({ state, color, page }: ScreenProps): ReactElement {
  const chosen = state.conflicts.flatMap(({ path, copy }) => {
    const decision = state.decisions.get(copy);
    return decision === undefined ? [] : [{ path, copy, decision }];
  });
  const open = state.conflicts.length - chosen.length;
  const shown = chosen.slice(0, page - 1);
  return (
    <>
      <Line color={color} bold>{`Settle ${formatCount(chosen.length, 'conflict')}?`}</Line>
      <Text> </Text>
      {shown.map(({ path, copy, decision }) => (
        <Line key={copy} color={color}>
          {`  ${CHOICE_TEXT[decision.choice].padEnd(CHOICE_WIDTH)}  ${printable(path)}: ${OUTCOME[decision.choice]}`}
        </Line>
      ))}
      {chosen.length > shown.length && <Line color={color} dim>{`  … and ${String(chosen.length - shown.length)} more`}</Line>}
      {open > 0 && <Line color={color} dim>{`  ${formatCount(open, 'conflict')} left as ${open === 1 ? 'it is' : 'they are'}`}</Line>}
    </>
  );
}

export function Foot({ state, color }: Pick<ScreenProps, 'state' | 'color'>): ReactElement {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Line color={color} tint="yellow">
        {state.notice === null ? ' ' : printable(state.notice)}
      </Line>
      {keyHelp(state).map((line) => (
        <Line key={line} color={color} dim>
          {line}
        </Line>
      ))}
    </Box>
  );
}
