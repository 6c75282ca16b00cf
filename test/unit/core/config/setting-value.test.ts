import { describe, expect, it } from 'vitest';
import { checkSettingValue, parseSettingText } from '../../../../src/core/config/setting-value.js';
import { parseSettingKey, SETTING_KEYS, SETTINGS } from '../../../../src/core/config/settings.js';

describe('settings table', () => {
  it.each(SETTING_KEYS.map((key) => [key]))('%s has a default that it accepts itself, and a meaning', (key) => {
    expect(checkSettingValue(key, SETTINGS[key].default)).toBe(SETTINGS[key].default);
    expect(SETTINGS[key].meaning.length).toBeGreaterThan(20);
  });

  it('names the settings of the same group for an unknown key', () => {
    expect(() => parseSettingKey('workers.nothing')).toThrow(
      expect.objectContaining({ code: 'usage', hints: [expect.stringContaining('workers.count')] }),
    );
  });

  it('does not take what every object inherits for a setting', () => {
    expect(() => parseSettingKey('constructor')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('parseSettingText', () => {
  it.each([
    ['scan.interval', '10m', 600_000],
    ['scan.interval', '1.5h', 5_400_000],
    ['scan.interval', '30000', 30_000],
    ['log.max-size', '10MiB', 10_485_760],
    ['log.max-size', '1 MB', 1_000_000],
    ['transfer.upload-limit', '500KiB/s', 512_000],
    ['transfer.upload-limit', '0', 0],
    ['transfer.download-limit', '2.5 MB', 2_500_000],
    ['workers.count', '7', 7],
    ['network.websocket', 'off', false],
    ['watch.engine', 'polling', 'polling'],
    ['network.ca-file', '/etc/ca.pem', '/etc/ca.pem'],
  ] as const)('%s %s', (key, typed, value) => {
    expect(parseSettingText(key, typed)).toBe(value);
  });

  it.each([
    ['scan.interval', '10 parsecs'],
    ['scan.interval', '1s'],
    ['scan.interval', '-10m'],
    ['transfer.upload-limit', '1KiB'],
    ['transfer.download-limit', '-1'],
    ['workers.count', '65'],
    ['workers.count', '1e2'],
    ['workers.count', ''],
    ['network.websocket', 'maybe'],
    ['watch.engine', 'Polling'],
  ] as const)('refuses %s %j and says what it takes', (key, typed) => {
    expect(() => parseSettingText(key, typed)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });
});
