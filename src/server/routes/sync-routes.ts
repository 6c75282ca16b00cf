/** /sync: commits in, the feed out. The socket of /sync/ws is not a route; see socket/. */
import { fromBase64Url } from '../../core/base/bytes.js';
import * as http from '../../core/protocol/http.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { Commits } from '../services/commits.js';
import type { Feed } from '../services/feed.js';
import { keyBoxFromWire } from './wire.js';

export function createSyncRoutes({ commits, feed }: { readonly commits: Commits; readonly feed: Feed }): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/sync/event',
      access: 'vault',
      limit: 'metadata',
      params: nothing,
      query: nothing,
      body: { schema: http.commitRequest, maxBytes: http.HTTP_LIMITS.commitBody },
      async handle(input) {
        const { vault, signed, records, keyBoxes } = input.body;
        const answer = await commits.accept(callerOf(input), {
          vault,
          signed: fromBase64Url(signed),
          records: records.map(({ node, rev, bytes, chunks }) => ({ node, rev, bytes: fromBase64Url(bytes), chunks })),
          keyBoxes: (keyBoxes ?? []).map(keyBoxFromWire),
        });
        return { status: 200, body: answer };
      },
    }),
    route({
      method: 'GET',
      path: '/sync/changes',
      access: 'vault',
      limit: 'metadata',
      params: nothing,
      query: http.changesQuery,
      body: noBody,
      async handle(input) {
        const { vault, since, limit, wait, history } = input.query;
        const query = { vault, since, limit: limit ?? null, waitMs: wait ?? 0, historyId: history ?? null };
        return { status: 200, body: await feed.changes(callerOf(input), query, input.signal) };
      },
    }),
  ];
}
