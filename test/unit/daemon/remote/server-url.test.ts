import { describe, expect, it } from 'vitest';
import { parseServerUrl } from '../../../../src/daemon/remote/server-url.js';

describe('parseServerUrl', () => {
  it.each([
    ['https://sync.example.org', 'https://sync.example.org'],
    ['https://sync.example.org/base/', 'https://sync.example.org/base'],
    [' https://sync.example.org:8443/ ', 'https://sync.example.org:8443'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['http://localhost:8000/', 'http://localhost:8000'],
    ['http://[::1]:8000', 'http://[::1]:8000'],
  ])('accepts %s', (text, url) => {
    expect(parseServerUrl(text)).toBe(url);
  });

  it.each([
    'http://sync.example.org',
    'http://10.0.0.1',
    'http://127.0.0.1.example.org',
    'http://0.0.0.0:8000',
    'http://localhost.example.org',
  ])('refuses unencrypted %s', (text) => {
    expect(() => parseServerUrl(text)).toThrow(expect.objectContaining({ code: 'tls_refused' }));
  });

  it.each([
    '',
    'sync.example.org',
    'ftp://sync.example.org',
    'https://',
    'https://me:secret@sync.example.org',
    'https://h/?q=1',
    'https://h/#f',
  ])('refuses %j', (text) => {
    expect(() => parseServerUrl(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  it('does not repeat the password of an address', () => {
    expect(() => parseServerUrl('https://me:hunter22@sync.example.org')).toThrow(/^(?!.*hunter22)/);
  });
});
