import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAddressResolver } from '../../../../src/server/http/client-address.js';

function request(peer: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const message = new IncomingMessage(socket);
  Object.assign(message.headers, headers);
  return message;
}

describe('address of a client', () => {
  const direct = createAddressResolver([]);
  const proxied = createAddressResolver(['10.0.0.0/8', 'fd00::/8', '127.0.0.1']);

  it('is local for this machine, however it is spelled', () => {
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(direct(request(peer)).local).toBe(true);
    expect(direct(request('192.0.2.7'))).toEqual({ address: '192.0.2.7', local: false });
  });

  it('is not local behind a proxy on this machine', () => {
    expect(direct(request('127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }))).toEqual({ address: '127.0.0.1', local: false });
    expect(direct(request('127.0.0.1', { forwarded: 'for=192.0.2.7' })).local).toBe(false);
  });

  it('ignores what a stranger forwards', () => {
    expect(proxied(request('192.0.2.7', { 'x-forwarded-for': '198.51.100.1' })).address).toBe('192.0.2.7');
  });

  it('takes the last address that is not a proxy', () => {
    const headers = { 'x-forwarded-for': '198.51.100.1, 192.0.2.7, 10.1.1.1' };
    expect(proxied(request('10.0.0.2', headers))).toEqual({ address: '192.0.2.7', local: false });
  });

  it('counts a household of IPv6 as one', () => {
    expect(direct(request('2001:db8:1:2:3:4:5:6')).address).toBe('2001:db8:1:2::/64');
    expect(direct(request('2001:db8:1:2::9')).address).toBe('2001:db8:1:2::/64');
    expect(direct(request('2001:db8::1')).address).toBe('2001:db8:0:0::/64');
  });

  it('refuses a proxy that is no address', () => {
    expect(() => createAddressResolver(['proxy.local'])).toThrow(/FSYNC_TRUSTED_PROXIES/);
  });
});
