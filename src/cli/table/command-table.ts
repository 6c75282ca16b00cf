/** Every command of `fsync`, in the order of the help. */
import { ACCOUNT_COMMANDS } from './account-commands.js';
import type { CommandSpec } from './command-spec.js';
import { CONFIG_COMMANDS } from './config-commands.js';
import { DAEMON_COMMANDS } from './daemon-commands.js';
import { DEVICE_COMMANDS } from './device-commands.js';
import { FOLDER_COMMANDS } from './folder-commands.js';
import { HISTORY_COMMANDS } from './history-commands.js';
import { INSIGHT_COMMANDS } from './insight-commands.js';
import { SERVER_COMMANDS } from './server-commands.js';
import { SHARING_COMMANDS } from './sharing-commands.js';
import { TOKEN_COMMANDS } from './token-commands.js';
import { SYNC_COMMANDS } from './sync-commands.js';

export const COMMANDS: readonly CommandSpec[] = [
  ...ACCOUNT_COMMANDS,
  ...DEVICE_COMMANDS,
  ...TOKEN_COMMANDS,
  ...FOLDER_COMMANDS,
  ...SHARING_COMMANDS,
  ...SYNC_COMMANDS,
  ...INSIGHT_COMMANDS,
  ...HISTORY_COMMANDS,
  ...CONFIG_COMMANDS,
  ...DAEMON_COMMANDS,
  ...SERVER_COMMANDS,
];

/** What a word that only groups commands is about. */
export const GROUP_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['guard', 'What safety guards hold back'],
  ['device', 'Care for the devices of the account'],
  ['token', 'Tokens for jobs and scripts'],
  ['config', 'Read and change settings'],
  ['daemon', 'Control the background process'],
  ['vault', 'Care for a vault on the server'],
  ['server', 'Run the server and care for it'],
]);
