/** The live view of `status --watch`, drawn by ink: at most ten times a second, and only when something changed. */
import { Box, render, Text, useInput } from 'ink';
import { useEffect, useState, type ReactElement } from 'react';
import type { StatusDocument, TransferStatus } from '../../core/protocol/ipc.js';
import { printable } from '../output/printable.js';
import { transferLine } from '../output/progress.js';
import { headline, waiting } from '../output/status-text.js';
import { renderText } from '../output/text.js';

export interface WatchViewProps {
  /** One entry a vault; rejects when the daemon cannot be reached. */
  readonly read: () => Promise<readonly StatusDocument[]>;
  readonly now: () => number;
  readonly color: boolean;
  /** Called once: with the exit code, or with what reading threw. */
  readonly onEnd: (end: { readonly exit: number } | { readonly error: unknown }) => void;
}

const POLL_MS = 250;
const MAX_LISTED = 8;
const BAR_WIDTH = 30;

/** Resolves to the exit code: 0 after q, 130 after Ctrl-C. The terminal is as before. @throws what reading threw */
export async function runWatchView({
  signal,
  ...props
}: Omit<WatchViewProps, 'onEnd'> & { readonly signal: AbortSignal }): Promise<number> {
  const end = await new Promise<Parameters<WatchViewProps['onEnd']>[0]>((resolve) => {
    const finish: WatchViewProps['onEnd'] = (outcome) => {
      view.unmount();
      resolve(outcome);
    };
    const view = render(<WatchView {...props} onEnd={finish} />, { exitOnCtrlC: false, maxFps: 10 });
    signal.addEventListener(
      'abort',
      () => {
        finish({ exit: 130 });
      },
      { once: true },
    );
  });
  if ('error' in end) throw end.error;
  return end.exit;
}

export function WatchView({ read, now, color, onEnd }: WatchViewProps): ReactElement {
  const [statuses, setStatuses] = useState<readonly StatusDocument[] | null>(null);
  useInput((input, key) => {
    if (key.ctrl && input === 'c') onEnd({ exit: 130 });
    else if (input === 'q') onEnd({ exit: 0 });
  });
  useEffect(() => poll(read, setStatuses, onEnd), [read, onEnd]);
  return (
    <Box flexDirection="column">
      {statuses === null && <Text dimColor>Asking the daemon …</Text>}
      {statuses?.length === 0 && <Text>No folder on this device is attached to a vault.</Text>}
      {statuses?.map((status) => (
        <VaultView key={status.vault.root} status={status} now={now()} color={color} />
      ))}
      <Text dimColor>q quits</Text>
    </Box>
  );
}

/** Reads again and again until it is told to stop; returns how to tell it. */
function poll(
  read: WatchViewProps['read'],
  show: (statuses: readonly StatusDocument[]) => void,
  onEnd: WatchViewProps['onEnd'],
): () => void {
  let stopped = false;
  let shown = '';
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    const statuses = await read();
    if (stopped) return;
    const text = JSON.stringify(statuses);
    if (text !== shown) show(statuses);
    shown = text;
    timer = setTimeout(start, POLL_MS);
  };
  const start = (): void => {
    round().catch((error: unknown) => {
      if (!stopped) onEnd({ error });
    });
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

interface VaultViewProps {
  readonly status: StatusDocument;
  readonly now: number;
  readonly color: boolean;
}

function VaultView({ status, now, color }: VaultViewProps): ReactElement {
  const { vault, transfer, conflicts, unsyncable, reason } = status;
  return (
    <Box flexDirection="column" marginBottom={1}>
      <Text wrap="truncate">
        <Text bold={color}>{printable(vault.name)}</Text> {printable(vault.root)}
      </Text>
      <Text wrap="truncate">{`  ${renderText(headline(status, now), color)}`}</Text>
      {reason !== null && status.state !== 'synced' && <Text wrap="truncate">{`  ${printable(reason)}`}</Text>}
      {transfer !== null && <TransferView transfer={transfer} color={color} />}
      {status.state === 'conflicts' && <Text wrap="truncate">{`  ${waiting(status)}`}</Text>}
      <List mark="C" color={color ? 'yellow' : null} entries={conflicts.map(({ path, copy }) => `${path} and ${copy}`)} />
      <List mark="!" color={color ? 'red' : null} entries={unsyncable.map(({ path, reason: why }) => `${path}: ${why}`)} />
    </Box>
  );
}

function TransferView({ transfer, color }: { readonly transfer: TransferStatus; readonly color: boolean }): ReactElement {
  const share = transfer.bytesTotal === 0 ? 0 : Math.min(1, transfer.bytesDone / transfer.bytesTotal);
  const full = Math.round(share * BAR_WIDTH);
  return (
    <Text wrap="truncate">
      {'  '}
      <Text {...(color ? { color: 'cyan' } : {})}>{'█'.repeat(full)}</Text>
      {'░'.repeat(BAR_WIDTH - full)}
      {` ${String(Math.floor(share * 100))} %  ${transferLine(transfer)}`}
    </Text>
  );
}

interface ListProps {
  readonly mark: string;
  readonly color: string | null;
  readonly entries: readonly string[];
}

function List({ mark, color, entries }: ListProps): ReactElement {
  const rest = entries.length - MAX_LISTED;
  return (
    <Box flexDirection="column">
      {entries.slice(0, MAX_LISTED).map((entry) => (
        <Text key={entry} wrap="truncate">
          {'  '}
          <Text {...(color === null ? {} : { color })}>{mark}</Text> {printable(entry)}
        </Text>
      ))}
      {rest > 0 && <Text dimColor>{`  … and ${String(rest)} more`}</Text>}
    </Box>
  );
}
