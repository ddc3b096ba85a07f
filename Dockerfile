# One image for every role of `switchback serve`, and for the command line.
#
# Two installations, each in a stage of its own, both before any source is copied: a change of a source installs nothing again, and
# the layer with the production packages stays the same. No package here needs its install scripts: whatever is native (lmdb,
# TypeScript) comes prebuilt for its platform.
FROM node:22-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY asm asm
COPY scripts scripts
COPY ts ts
RUN npm run build
# What goes into the image must run with the production packages alone: one lab, from its file into the store and back.
COPY labs labs
COPY --from=modules /app/node_modules check/node_modules
RUN cp -r package.json dist check/ \
 && node check/dist/ts/cli/bin.js run labs/ha-assigned-mac.lab.yml --data /tmp/check > /dev/null \
 && node check/dist/ts/cli/bin.js verify ha-assigned-mac --data /tmp/check \
 && rm -r check /tmp/check

FROM node:22-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Switchback" \
      org.opencontainers.image.description="A network lab whose history is the product" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:22-bookworm-slim"
# Inside a container there is one place for data, and whether a port is published is decided outside.
ENV NODE_ENV=production SWITCHBACK_DATA=/data SWITCHBACK_LISTEN=0.0.0.0:7788
WORKDIR /app
# A new volume takes the owner of the folder below it.
RUN mkdir /data && chown node:node /data && ln -s /app/dist/ts/cli/bin.js /usr/local/bin/switchback
COPY --from=modules /app/node_modules node_modules
COPY package.json LICENSE ./
COPY proto proto
COPY labs labs
COPY examples examples
COPY --from=build /app/dist dist
USER node
VOLUME /data
EXPOSE 7788
# The slim image has no curl; node is there anyway.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7788/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/ts/cli/bin.js"]
CMD ["serve"]
