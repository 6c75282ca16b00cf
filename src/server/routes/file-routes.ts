/** /files: which chunks are missing, packs in, chunks out, lists and revisions. */
import type { IncomingMessage } from 'node:http';
import { FsyncError } from '../../core/base/errors.js';
import * as http from '../../core/protocol/http.js';
import { declaredLength, refuseEncodedBody } from '../http/json-body.js';
import { callerOf, noBody, nothing, route, type Route } from '../http/route.js';
import type { Downloads } from '../services/downloads.js';
import type { NodeHistory } from '../services/node-history.js';
import type { PackSource } from '../services/pack-intake.js';
import type { Uploads } from '../services/uploads.js';

const maxBytes = http.HTTP_LIMITS.jsonBody;

/** The declared length and digest of a pack. Throws unsupported_media, payload_too_large, invalid_input. */
function packSource(request: IncomingMessage): PackSource {
  refuseEncodedBody(request);
  if (request.headers['content-type'] !== 'application/octet-stream') {
    throw new FsyncError('unsupported_media', 'expected Content-Type: application/octet-stream');
  }
  const length = declaredLength(request, http.HTTP_LIMITS.pack);
  if (length === null) throw new FsyncError('invalid_input', 'a pack needs a Content-Length');
  const digest = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(String(request.headers['repr-digest'] ?? ''));
  if (digest?.[1] === undefined) throw new FsyncError('invalid_input', 'a pack needs Repr-Digest: sha-256=:…:');
  return { body: request.iterator({ destroyOnReturn: false }), length, sha256: Buffer.from(digest[1], 'base64') };
}

function createTransferRoutes(uploads: Uploads, downloads: Downloads): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/files/check',
      access: 'vault',
      limit: 'metadata',
      params: nothing,
      query: nothing,
      body: { schema: http.checkRequest, maxBytes },
      async handle(input) {
        const missing = await uploads.missing(callerOf(input), input.body.vault, input.body.chunks);
        return { status: 200, body: { missing } };
      },
    }),
    route({
      method: 'PUT',
      path: '/files/upload/:upload',
      access: 'vault',
      limit: 'transfer',
      params: http.uploadPath,
      query: http.vaultQuery,
      body: noBody,
      async handle(input) {
        const pack = packSource(input.request);
        const { repeated, ...answer } = await uploads.put(callerOf(input), {
          vault: input.query.vault,
          upload: input.params.upload,
          pack,
        });
        return { status: repeated ? 200 : 201, body: answer };
      },
    }),
    route({
      method: 'POST',
      path: '/files/download',
      access: 'vault',
      limit: 'transfer',
      params: nothing,
      query: nothing,
      body: { schema: http.downloadRequest, maxBytes },
      async handle(input) {
        return { status: 200, stream: await downloads.open(callerOf(input), input.body.vault, input.body.chunks) };
      },
    }),
  ];
}

export function createFileRoutes(deps: {
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly nodeHistory: NodeHistory;
}): readonly Route[] {
  const common = { method: 'GET', access: 'vault', limit: 'metadata', body: noBody } as const;
  return [
    ...createTransferRoutes(deps.uploads, deps.downloads),
    route({
      ...common,
      path: '/files/list',
      params: nothing,
      query: http.listQuery,
      async handle(input) {
        const { vault, after, limit } = input.query;
        const page = { after: after ?? 0, limit: limit ?? http.HTTP_LIMITS.pageRows };
        return { status: 200, body: await deps.nodeHistory.list(callerOf(input), vault, page) };
      },
    }),
    route({
      method: 'POST',
      path: '/files/records',
      access: 'vault',
      limit: 'metadata',
      params: nothing,
      query: nothing,
      body: { schema: http.recordsRequest, maxBytes },
      async handle(input) {
        const { vault, revisions } = input.body;
        return { status: 200, body: await deps.nodeHistory.records(callerOf(input), vault, revisions) };
      },
    }),
    route({
      ...common,
      path: '/files/:node/revisions',
      params: http.nodePath,
      query: http.vaultQuery,
      async handle(input) {
        const revisions = await deps.nodeHistory.revisions(callerOf(input), input.query.vault, input.params.node);
        return { status: 200, body: { revisions } };
      },
    }),
  ];
}
