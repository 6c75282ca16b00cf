import { describe, expect, it } from 'vitest';
import { COMMAND_LOADERS } from '../../../../src/cli/command-loaders.js';
import { commandOptions, EXIT_MEANINGS, GLOBAL_OPTIONS, GROUPS, splitFlags } from '../../../../src/cli/table/command-spec.js';
import { COMMANDS, GROUP_COMMANDS } from '../../../../src/cli/table/command-table.js';
import { JSON_SHAPES } from '../../../../src/cli/table/json-shapes.js';
import { commandHelp, programHelp } from '../../../../src/cli/table/help-text.js';
import { optionNames } from '../../../../src/server/config/options.js';

describe('the command table', () => {
  it('has a body for each command, and a command for each body', async () => {
    expect(Object.keys(COMMAND_LOADERS).toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
    for (const load of Object.values(COMMAND_LOADERS)) expect(await load()).toBeTypeOf('function');
  });

  it.each(COMMANDS.map((spec) => [spec.name, spec] as const))('describes %s whole', (name, spec) => {
    const [word = '', inner] = name.split(' ');
    expect(inner === undefined || GROUP_COMMANDS.has(word)).toBe(true);
    expect(GROUPS.map(({ group }) => group)).toContain(spec.group);
    expect(spec.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(spec.description).toMatch(/^[A-Z].*\.$/);
    expect(spec.examples.length).toBeGreaterThanOrEqual(2);
    expect(spec.examples.length).toBeLessThanOrEqual(3);
    for (const { command } of spec.examples) expect(command).toContain(`fsync ${name}`);
    for (const code of spec.exits) expect(EXIT_MEANINGS.has(code)).toBe(true);
    expect(spec.json === null || Object.hasOwn(JSON_SHAPES, spec.json)).toBe(true);
    for (const line of commandHelp(spec)
      .split('\n')
      .filter((text) => !text.startsWith('  fsync')))
      expect(line.length).toBeLessThanOrEqual(110);
  });

  it('has options that can be parsed and do not clash', () => {
    for (const spec of COMMANDS) {
      const words = [...commandOptions(spec), ...GLOBAL_OPTIONS, { flags: '-h, --help', meaning: '' }].flatMap(({ flags }) => {
        const { short, long } = splitFlags(flags);
        expect(short ?? long).not.toBeNull();
        return [short, long].filter((word) => word !== null);
      });
      expect(new Set(words).size).toBe(words.length);
    }
  });

  it('takes a secret from no option', () => {
    const options = COMMANDS.flatMap((spec) => commandOptions(spec));
    for (const { flags } of options) expect(flags).not.toMatch(/--(password|token|passphrase|secret)\b.*</);
  });

  it('offers the options of the server that the server knows', () => {
    const start = COMMANDS.find(({ name }) => name === 'server start');
    const offered = (start?.options ?? []).map(({ flags, variable }) => ({ flag: splitFlags(flags).long, variable }));
    const known = optionNames().filter(({ flag }) => flag !== null);
    const sorted = (list: readonly { readonly flag: string | null; readonly variable: string | undefined }[]) =>
      list.map(({ flag, variable }) => `${flag ?? ''} ${variable ?? ''}`).toSorted();
    expect(sorted(offered)).toEqual(sorted(known));
  });

  it('is what the help lists', () => {
    const help = programHelp(COMMANDS);
    for (const { name, summary } of COMMANDS) expect(help).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  });
});
