/** Which server addresses are acceptable: https, or http where nothing leaves the machine. */
import { FsyncError } from '../../core/base/errors.js';

/**
 * The base URL without a slash at the end.
 * @throws FsyncError usage for what is not a server URL, tls_refused for http to another machine
 */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw new FsyncError('usage', `not a server URL: ${JSON.stringify(text.slice(0, 200))}`, {
      hints: ['Write it like https://sync.example.org'],
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new FsyncError('usage', 'a server URL holds no user, password, query or fragment');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new FsyncError('tls_refused', `refusing to talk to ${url.hostname} without encryption`, {
      hints: [
        `Use https://${url.host}; http:// is accepted for this machine only.`,
        'For a certificate of your own authority: fsync config set network.ca-file FILE',
      ],
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Loopback by name or address; names that merely resolve to loopback do not count, since the resolver may be lied to. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
