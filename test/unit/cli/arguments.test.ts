import { describe, expect, it } from 'vitest';
import { createArguments } from '../../../src/cli/arguments.js';
import { COMMANDS } from '../../../src/cli/table/command-table.js';

function args(command: string, options: Record<string, unknown>, env: Record<string, string> = {}) {
  const spec = COMMANDS.find(({ name }) => name === command);
  if (spec === undefined) throw new Error(command);
  return createArguments({ spec, operands: [], options, env });
}

describe('arguments', () => {
  it('take what was typed before the variable, and the variable before nothing', () => {
    expect(args('login', { user: 'typed' }, { FSYNC_USER: 'set' }).text('user')).toBe('typed');
    expect(args('login', {}, { FSYNC_USER: 'set' }).text('user')).toBe('set');
    expect(args('login', {}, { FSYNC_USER: '' }).text('user')).toBeNull();
  });

  it('are flags when given, or when their variable says yes', () => {
    expect(args('login', { insecureKeyFile: true }).flag('insecure-key-file')).toBe(true);
    expect(args('login', {}, { FSYNC_INSECURE_KEY_FILE: 'Yes' }).flag('insecure-key-file')).toBe(true);
    expect(args('login', {}, { FSYNC_INSECURE_KEY_FILE: '0' }).flag('insecure-key-file')).toBe(false);
    expect(args('status', {}).flag('json')).toBe(false);
  });

  it('are as many as were given, for an option that may be repeated', () => {
    expect(args('token create', { vault: ['a', 'b'] }).texts('vault')).toEqual(['a', 'b']);
    expect(args('token create', {}).texts('vault')).toEqual([]);
  });

  it('are read from no variable that the table does not name', () => {
    expect(args('sync', {}, { FSYNC_TIMEOUT: '5' }).text('timeout')).toBeNull();
  });

  it.each(['1.5', '-1', 'x', '', '1e3', '9999999999999999'])('are no whole number: %j', (number) => {
    expect(() => args('log', { number }).integer('number', 0)).toThrow(/--number/);
  });

  it('are durations in seconds or with a unit, and no longer than a timer can hold', () => {
    expect(args('sync', { timeout: '90' }).milliseconds('timeout')).toBe(90_000);
    expect(args('sync', { timeout: '2h' }).milliseconds('timeout')).toBe(7_200_000);
    expect(args('sync', {}).milliseconds('timeout')).toBeNull();
    expect(() => args('sync', { timeout: '9999999999' }).milliseconds('timeout')).toThrow(/--timeout/);
  });
});
