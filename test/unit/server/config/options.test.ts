import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFsyncError } from '../../../../src/core/base/errors.js';
import { optionNames, readCommandLine, readServerOptions } from '../../../../src/server/config/options.js';
import { tempFolder } from '../../../support/temp-folder.js';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isFsyncError(error, 'usage')) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('options of the server', () => {
  it('listens on loopback with SQLite below FSYNC_HOME by default', () => {
    const options = readServerOptions([], { FSYNC_HOME: '/home/ada/.fsync' });
    expect(options).toMatchObject({ host: '127.0.0.1', port: 8000, dataDir: '/home/ada/.fsync/server', role: 'all', logLevel: 'warn' });
    expect(options.databaseUrl).toBeUndefined();
  });

  it('takes the data folder of the desktop when there is no FSYNC_HOME', () => {
    expect(readServerOptions([], { XDG_DATA_HOME: '/data' }).dataDir).toBe('/data/fsync/server');
    expect(readServerOptions([], { HOME: '/home/ada' }).dataDir).toBe('/home/ada/.local/share/fsync/server');
  });

  it('lets a flag win over a variable', () => {
    const options = readServerOptions(['--port', '9000', '--data-dir', '/flag'], { FSYNC_PORT: '9001', FSYNC_DATA_DIR: '/variable' });
    expect(options).toMatchObject({ port: 9000, dataDir: '/flag' });
  });

  it('reads a secret from the file that a variable names', () => {
    const path = join(tempFolder(), 'url');
    writeFileSync(path, 'postgres://db/fsync\n');
    expect(readServerOptions([], { FSYNC_DATABASE_URL_FILE: path }).databaseUrl).toBe('postgres://db/fsync');
    expect(refusal(() => readServerOptions([], { FSYNC_JWT_KEYS_FILE: `${path}.none` }))).toContain('FSYNC_JWT_KEYS_FILE');
  });

  it('names the variable that is wrong and not its value', () => {
    const message = refusal(() => readServerOptions([], { FSYNC_METRICS_TOKEN: 'hush', FSYNC_PORT: '70000' }));
    expect(message).toContain('FSYNC_METRICS_TOKEN');
    expect(message).toContain('FSYNC_PORT');
    expect(message).not.toContain('hush');
  });

  it('refuses unknown flags, and secrets as flags', () => {
    expect(refusal(() => readServerOptions(['--prot', '1'], {}))).toContain('--prot');
    expect(refusal(() => readServerOptions(['--jwt-keys', 'x'], {}))).toContain('--jwt-keys');
    expect(optionNames().find((option) => option.variable === 'FSYNC_JWT_KEYS')?.flag).toBeNull();
  });

  it('wants a certificate and its key together', () => {
    expect(refusal(() => readServerOptions(['--tls-cert', 'a.pem'], {}))).toContain('FSYNC_TLS_CERT');
  });

  it('splits lists', () => {
    expect(readServerOptions([], { FSYNC_TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,' }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
  });
});

describe('the line of a command of care', () => {
  const extras = {
    flags: ['dry-run'],
    texts: ['yes'],
    operands: [
      { name: 'ACTION', required: true },
      { name: 'NAME', required: false },
    ],
  };

  it('has operands, switches and texts besides the options of the server, each also as a variable', () => {
    const line = readCommandLine(['list', '--dry-run', '--retention-days=9'], { FSYNC_YES: 'ada', FSYNC_GC_GRACE_DAYS: '3' }, extras);
    expect([line.operands, line.flag('dry-run'), line.text('yes')]).toEqual([['list'], true, 'ada']);
    expect(line.options).toMatchObject({ retentionDays: 9, gcGraceDays: 3, deleteDelayHours: 72 });
    const variables = readCommandLine(['list'], { FSYNC_DRY_RUN: '1' }, extras);
    expect([variables.flag('dry-run'), variables.text('yes')]).toEqual([true, null]);
    expect(readCommandLine(['list'], { FSYNC_DRY_RUN: '0' }, extras).flag('dry-run')).toBe(false);
  });

  it('lacks nothing and has nothing too much', () => {
    expect(refusal(() => readCommandLine([], {}, extras))).toContain('ACTION is missing');
    expect(refusal(() => readCommandLine(['a', 'b', 'c'], {}, extras))).toContain('unexpected argument: c');
    expect(refusal(() => readCommandLine(['a', '--retention-days', '-1'], {}, extras))).toContain('--retention-days');
    expect(refusal(() => readServerOptions(['surplus'], {}))).toContain('surplus');
  });
});
