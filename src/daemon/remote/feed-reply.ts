/** Feed pages and commit refusals of the wire, as the engine's values. */
import type { z } from 'zod';
import { fromBase64Url } from '../../core/base/bytes.js';
import { FsyncError, isFsyncError } from '../../core/base/errors.js';
import { parseChunkId } from '../../core/base/ids.js';
import { feedPage } from '../../core/protocol/http.js';
import type { CommitReply, FeedPage } from '../ports.js';

export function feedPageOf(body: z.infer<typeof feedPage>): FeedPage {
  return {
    historyId: body.historyId,
    head: body.head,
    more: body.more,
    commits: body.commits.map(({ signed, at, records }) => ({
      signed: fromBase64Url(signed),
      at,
      records: records.map(({ node, rev, bytes }) => ({ node, rev, bytes: fromBase64Url(bytes) })),
    })),
  };
}

/** The refusals that the engine acts on as data; every other error is thrown again. */
export function commitRefusal(error: unknown): CommitReply {
  if (isFsyncError(error, 'behind')) {
    const page = feedPage.safeParse(error.details['page']);
    if (!page.success)
      throw new FsyncError('unavailable', 'the server refused a commit without saying what came before', { cause: page.error });
    return { status: 'behind', page: feedPageOf(page.data) };
  }
  const chunks = isFsyncError(error, 'chunks_missing') ? error.details['chunks'] : undefined;
  if (Array.isArray(chunks)) return { status: 'chunks-missing', chunks: chunks.map((id: unknown) => parseChunkId(String(id))) };
  throw error;
}
