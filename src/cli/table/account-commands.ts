/** Commands about who is signed in on this device. */
import type { CommandSpec, OptionSpec } from './command-spec.js';

const SERVER: OptionSpec = {
  flags: '--server <URL>',
  meaning: 'Address of the server; https, or http on this machine.',
  variable: 'FSYNC_SERVER',
};

const SIGN_IN_OPTIONS: readonly OptionSpec[] = [
  SERVER,
  {
    flags: '--user <NAME>',
    meaning: 'Login name: 1 to 64 of a-z, 0-9, dot, dash, underscore and @. Asked for on a terminal.',
    variable: 'FSYNC_USER',
  },
  {
    flags: '--device <NAME>',
    meaning: 'Name of this device, seen in the history. Default: the host name.',
    variable: 'FSYNC_DEVICE',
  },
  {
    flags: '--password-stdin',
    meaning: 'Read the password from stdin. Else FSYNC_PASSWORD is used, or it is asked for on a terminal.',
  },
  {
    flags: '--ca-file <FILE>',
    meaning: 'PEM file with certificate authorities to trust besides the built-in ones.',
    variable: 'FSYNC_CA_FILE',
    completion: 'file',
  },
  {
    flags: '--insecure-key-file',
    meaning: 'Keep the keys of this device in a plain file readable by its owner when there is no keychain.',
    variable: 'FSYNC_INSECURE_KEY_FILE',
  },
];

export const ACCOUNT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'register',
    group: 'account',
    summary: 'Make an account and enrol this device',
    description:
      'Makes an account on a server, enrols this device and prints the recovery phrase. The phrase is shown once: it opens the account when the password is lost. The password never leaves this machine in any form that could be guessed offline.',
    operands: [],
    options: SIGN_IN_OPTIONS,
    examples: [
      { command: 'fsync register --server https://sync.example.org --user ada', meaning: 'Asks for the password twice' },
      {
        command: 'FSYNC_PASSWORD=… fsync register --server https://sync.example.org --user ada --device ci --json',
        meaning: 'Without a terminal',
      },
    ],
    exits: [5, 6, 7, 8, 9],
    json: 'fsync/register/1',
  },
  {
    name: 'login',
    group: 'account',
    summary: 'Enrol this device in an existing account',
    description: 'Signs in with the password and enrols this device: it gets its own keys, which can be revoked alone.',
    operands: [],
    options: SIGN_IN_OPTIONS,
    examples: [
      { command: 'fsync login --server https://sync.example.org --user ada', meaning: 'Asks for the password' },
      {
        command: 'pass show fsync | fsync login --server https://sync.example.org --user ada --password-stdin',
        meaning: 'From a password manager',
      },
    ],
    exits: [5, 6, 7, 8, 9],
    json: 'fsync/whoami/1',
  },
  {
    name: 'logout',
    group: 'account',
    summary: 'Forget the keys and tokens of this device',
    description: 'Ends the session on the server and forgets the keys and tokens of this device. Folders and their files stay.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync logout', meaning: 'Sign this device out' },
      { command: 'fsync logout && fsync login --server https://other.example.org', meaning: 'Move to another server' },
    ],
    exits: [5, 6, 7, 8],
    json: 'fsync/logout/1',
  },
  {
    name: 'whoami',
    group: 'account',
    summary: 'Show the account, the server and this device',
    description: 'Shows who is signed in here, on which server, as which device, and where the secrets of the device are kept.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync whoami', meaning: 'Who am I' },
      { command: "fsync whoami --json | jq -r '.device.name'", meaning: 'Name of this device' },
    ],
    exits: [5, 6, 8],
    json: 'fsync/whoami/1',
  },
];
