import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../../src/core/config/settings.js';
import { openSettings } from '../../../../src/daemon/home/settings-store.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

describe('openSettings', () => {
  it('has every default when there is no file, and makes none', () => {
    const file = join(tempFolder(), 'config.json');
    const settings = openSettings(file, recordingLogger());
    expect(settings.get('workers.count')).toBe(SETTINGS['workers.count'].default);
    expect(Object.keys(settings.all())).toEqual(Object.keys(SETTINGS));
    expect(existsSync(file)).toBe(false);
  });

  it('reads nested keys', () => {
    const file = join(tempFolder(), 'config.json');
    writeFileSync(file, JSON.stringify({ workers: { count: 8 }, watch: { engine: 'polling' } }));
    const settings = openSettings(file, recordingLogger());
    expect([settings.get('workers.count'), settings.get('watch.engine')]).toEqual([8, 'polling']);
  });

  it('uses the default for a value that is not valid, and says so', () => {
    const file = join(tempFolder(), 'config.json');
    writeFileSync(file, JSON.stringify({ workers: { count: 'many' } }));
    const logger = recordingLogger();
    expect(openSettings(file, logger).get('workers.count')).toBe(0);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { key: 'workers.count' } }]);
  });

  it('tells what a reload changed', () => {
    const file = join(tempFolder(), 'config.json');
    const settings = openSettings(file, recordingLogger());
    const heard: (readonly string[])[] = [];
    const stop = settings.onChange((changed) => heard.push(changed));
    writeFileSync(file, JSON.stringify({ log: { level: 'debug' } }));
    expect(settings.reload()).toEqual(['log.level']);
    expect(settings.reload()).toEqual([]);
    stop();
    writeFileSync(file, '{}');
    expect(settings.reload()).toEqual(['log.level']);
    expect(heard).toEqual([['log.level']]);
  });

  it('throws for a file that is not JSON, and leaves it as it is', () => {
    const folder = join(tempFolder(), 'config');
    mkdirSync(folder);
    const file = join(folder, 'config.json');
    writeFileSync(file, '{ oops');
    expect(() => openSettings(file, recordingLogger())).toThrow(expect.objectContaining({ code: 'io_error' }));
    expect(readFileSync(file, 'utf8')).toBe('{ oops');
  });
});
