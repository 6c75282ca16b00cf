/** Commands about settings and the shell. */
import type { CommandSpec, OperandSpec } from './command-spec.js';

const KEY: OperandSpec = { name: 'KEY', meaning: 'Name of the setting; see fsync config list.', required: true, completion: 'setting' };

export const CONFIG_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'config list',
    group: 'config',
    summary: 'List all settings',
    description: 'Lists every setting with its value, its default and its meaning.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync config list', meaning: 'All settings' },
      { command: "fsync config list --json | jq '.settings[] | select(.value != .default)'", meaning: 'What was changed' },
    ],
    exits: [],
    json: 'fsync/config/1',
  },
  {
    name: 'config get',
    group: 'config',
    summary: 'Print a setting',
    description: 'Prints the value of a setting, or its default when it was not set.',
    operands: [KEY],
    options: [],
    examples: [
      { command: 'fsync config get watch.engine', meaning: 'The value only' },
      { command: 'fsync config get scan.interval --json', meaning: 'With its default and meaning' },
    ],
    exits: [],
    json: 'fsync/config/1',
  },
  {
    name: 'config set',
    group: 'config',
    summary: 'Change a setting',
    description: 'Changes a setting. A running daemon takes it over at once.',
    operands: [
      KEY,
      { name: 'VALUE', meaning: 'Durations as 500ms, 30s, 10m, 1h; sizes as 64KiB, 10MiB.', required: true, completion: 'none' },
    ],
    options: [],
    examples: [
      { command: 'fsync config set scan.interval 1h', meaning: 'Look at the whole folder once an hour' },
      { command: 'fsync config set watch.engine polling', meaning: 'For a network mount that sends no events' },
    ],
    exits: [],
    json: 'fsync/config/1',
  },
  {
    name: 'config unset',
    group: 'config',
    summary: 'Go back to the default of a setting',
    description: 'Removes a setting from the settings file, so that its default holds again.',
    operands: [KEY],
    options: [],
    examples: [
      { command: 'fsync config unset scan.interval', meaning: 'The default again' },
      { command: 'fsync config unset watch.engine --json', meaning: 'Prints the setting with its default' },
    ],
    exits: [],
    json: 'fsync/config/1',
  },
  {
    name: 'completion',
    group: 'config',
    summary: 'Print the completion script of a shell',
    description: 'Prints the script that makes the shell complete commands, options and settings.',
    operands: [{ name: 'SHELL', meaning: 'bash, zsh or fish.', required: true, completion: 'none', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    examples: [
      { command: 'source <(fsync completion bash)', meaning: 'In ~/.bashrc' },
      { command: 'fsync completion zsh > "${fpath[1]}/_fsync"', meaning: 'For zsh' },
      { command: 'fsync completion fish > ~/.config/fish/completions/fsync.fish', meaning: 'For fish' },
    ],
    exits: [],
    json: null,
  },
];
