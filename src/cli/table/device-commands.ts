/** Commands about the installations that may reach the account. */
import type { CommandSpec, OperandSpec } from './command-spec.js';

const DEVICE: OperandSpec = {
  name: 'DEVICE',
  meaning: 'Its name, its id, or the first characters of its id.',
  required: true,
  completion: 'device',
};

export const DEVICE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'device list',
    group: 'account',
    summary: 'The devices of the account',
    description:
      'Lists the devices that are enrolled in the account, with the time each was last seen by the server. Their names are sealed: the server cannot read them.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync device list', meaning: 'All of them, this one first' },
      { command: "fsync device list --json | jq -r '.devices[].name'", meaning: 'Their names' },
    ],
    exits: [5, 6, 7, 8, 9],
    json: 'fsync/device-list/1',
  },
  {
    name: 'device rename',
    group: 'account',
    summary: 'Give a device another name',
    description:
      'Gives a device another name. What it does from then on carries the new name in the history; what it did keeps the old one.',
    operands: [DEVICE, { name: 'NAME', meaning: 'The new name, at most 63 bytes.', required: true, completion: 'none' }],
    options: [],
    examples: [
      { command: 'fsync device rename localhost laptop', meaning: 'The device called localhost' },
      { command: 'fsync device rename 3f9a01c2 "old laptop"', meaning: 'By the beginning of its id' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/device-rename/1',
  },
  {
    name: 'device revoke',
    group: 'account',
    summary: 'Let a device in no more',
    description:
      'Ends the sessions of a device and takes its keys out of the account: it can neither sign in with them nor read or write anything new, and the other devices get a new user key that it does not have. What is on it stays on it. Asks first.',
    operands: [DEVICE],
    options: [{ flags: '-y, --yes', meaning: 'Do not ask.' }],
    examples: [
      { command: 'fsync device revoke "old laptop"', meaning: 'Lost, sold or stolen' },
      { command: 'fsync device revoke 3f9a01c2 --yes --json', meaning: 'In a script' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/device-revoke/1',
  },
];
