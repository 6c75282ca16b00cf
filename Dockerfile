# syntax=docker/dockerfile:1
# The server alone. Build: docker build -t fsync-server .
# Run: docker run -d -p 8000:8000 -v fsync:/data --read-only --tmpfs /tmp --cap-drop ALL fsync-server
# Care, beside it: docker exec CONTAINER node bin/fsync-server.js check
# Backup, with -v fsync-backup:/backup at the run: docker exec CONTAINER node bin/fsync-server.js backup /backup

FROM node:24-bookworm-slim AS build
WORKDIR /app
# For native modules on platforms without a ready binary.
RUN apt-get update && apt-get install -y --no-install-recommends python3 make g++ && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && npm rebuild better-sqlite3
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    FSYNC_HOST=0.0.0.0 \
    FSYNC_PORT=8000 \
    FSYNC_DATA_DIR=/data \
    FSYNC_LOG_LEVEL=info
WORKDIR /app
RUN mkdir /data /backup && chown 10001:10001 /data /backup && chmod 700 /data /backup
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY bin/fsync-server.js ./bin/
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --start-interval=2s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.FSYNC_PORT}/health/live`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/fsync-server.js"]
CMD ["start"]
