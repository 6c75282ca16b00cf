/**
 * Where a request comes from. X-Forwarded-For counts only when the connection is from a proxy that
 * the configuration names; anyone else could write what they like into it.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { FsyncError } from '../../core/base/errors.js';
import type { ClientAddress } from './route.js';

export type AddressResolver = (request: IncomingMessage) => ClientAddress;

function family(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}

/** IPv4 mapped into IPv6 is the IPv4 address. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** One household has a whole /64 of IPv6: it shares one budget. */
function budgetAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = '', back = ''] = address.toLowerCase().split('::');
  const left = front === '' ? [] : front.split(':');
  const right = back === '' ? [] : back.split(':');
  const groups = address.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}

function addProxy(list: BlockList, entry: string): void {
  const [address = '', prefix] = entry.split('/');
  const kind = family(address);
  if (kind === null) throw new FsyncError('usage', 'FSYNC_TRUSTED_PROXIES: expected addresses or ranges like 10.0.0.0/8');
  if (prefix === undefined) list.addAddress(address, kind);
  else list.addSubnet(address, Number(prefix), kind);
}

/** `proxies`: addresses and CIDR ranges. Throws usage for anything else. */
export function createAddressResolver(proxies: readonly string[]): AddressResolver {
  const trusted = new BlockList();
  for (const entry of proxies) addProxy(trusted, entry);
  const isTrusted = (address: string): boolean => {
    const kind = family(address);
    return kind !== null && trusted.check(address, kind);
  };
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    const header = request.headers['x-forwarded-for'];
    const forwarded = header !== undefined || request.headers.forwarded !== undefined || request.headers['x-real-ip'] !== undefined;
    if (!isTrusted(peer)) return { address: budgetAddress(peer), local: isLoopback(peer) && !forwarded };
    const hops = String(header ?? '')
      .split(',')
      .map((hop) => plain(hop.trim()))
      .filter((hop) => family(hop) !== null);
    const client = hops.reverse().find((hop) => !isTrusted(hop)) ?? peer;
    return { address: budgetAddress(client), local: false };
  };
}
