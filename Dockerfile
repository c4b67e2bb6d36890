# syntax=docker/dockerfile:1

# Spanledger as an image: no shell, no package manager, not root, nothing that it has to write but /tmp.
#
#   docker build -t spanledger .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -p 127.0.0.1:4317:4317 -p 127.0.0.1:4318:4318 -e DATABASE_URL -e SPANLEDGER_TOKENS=table spanledger

FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/npm npm ci --ignore-scripts --cache /npm
COPY tsconfig.json ./
COPY proto proto
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="spanledger" \
      org.opencontainers.image.description="OpenTelemetry in, an exact ledger of agent work in PostgreSQL out." \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
# root owns the files: the program can't change itself
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/proto proto
COPY --from=build /app/dist dist
# From outside of the container it must be reachable, and so asks for credentials: SPANLEDGER_TOKENS, SPANLEDGER_JWT or
# client certificates; or SPANLEDGER_INSECURE=true, where only senders reach it.
ENV NODE_ENV=production \
    SPANLEDGER_GRPC_LISTEN=0.0.0.0:4317 \
    SPANLEDGER_HTTP_LISTEN=0.0.0.0:4318
# nonroot of the base
USER 65532:65532
EXPOSE 4317 4318
STOPSIGNAL SIGTERM
# whether the process answers: a database that is away is no reason to restart it
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:4318/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# the entry point of the base is node
CMD ["dist/cli.js", "serve"]
