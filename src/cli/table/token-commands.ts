/** Commands about tokens: what a job or a script shows instead of a password. */
import type { CommandSpec } from './command-spec.js';

export const TOKEN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'token create',
    group: 'account',
    summary: 'Make a token for a job or a script',
    description:
      'Makes a token that can do no more than read, or with --write also change, the vaults that are named, until it expires or is revoked. It is printed once and kept nowhere: put it where the job finds it as FSYNC_TOKEN, together with FSYNC_SERVER. What it may do is signed into the account, so every device and the server hold it to that.',
    operands: [
      { name: 'NAME', meaning: 'Seen in lists and in the history. Default: token-1, token-2, …', required: false, completion: 'none' },
    ],
    options: [
      { flags: '--vault <NAME>', meaning: 'A vault that it may reach, by name or id. May be given several times.', repeatable: true },
      { flags: '--write', meaning: 'It may also change what is in them. Default: read only.' },
      { flags: '--expires <DURATION>', meaning: 'How long it is good for: 12h, 90d, 8w; at most 365d. Default: 90d.' },
    ],
    examples: [
      { command: 'fsync token create ci --vault assets', meaning: 'Read only, for 90 days' },
      {
        command: 'fsync token create release --vault site --vault docs --write --expires 7d | gh secret set FSYNC_TOKEN',
        meaning: 'Straight into the secrets of a repository',
      },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/token-create/1',
  },
  {
    name: 'token list',
    group: 'account',
    summary: 'The tokens of the account',
    description:
      'Lists the tokens that were not revoked: what each may do, until when, and when it was last used. The tokens themselves cannot be shown again.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync token list', meaning: 'All of them' },
      { command: "fsync token list --json | jq -r '.tokens[] | select(.expired) | .name'", meaning: 'Those that have expired' },
    ],
    exits: [5, 6, 7, 8, 9],
    json: 'fsync/token-list/1',
  },
  {
    name: 'token revoke',
    group: 'account',
    summary: 'Let a token in no more',
    description:
      'Takes a token out of the account and ends its sessions: jobs that use it are refused within seconds. What they have read already stays read.',
    operands: [{ name: 'TOKEN', meaning: 'Its name, its id, or the first characters of its id.', required: true, completion: 'none' }],
    options: [],
    examples: [
      { command: 'fsync token revoke ci', meaning: 'By its name' },
      { command: 'fsync token revoke 3f9a01c2 --json', meaning: 'In a script' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/token-revoke/1',
  },
];
