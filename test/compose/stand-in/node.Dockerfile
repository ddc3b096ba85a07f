# Stands in for node:22-bookworm-slim where no registry of images can be reached: the same Debian, the same user, node and npm at
# the same places. npm answers from the cache it brings along, because a build in the test's network reaches nothing.
FROM switchback-test/bookworm
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY npm-cache /opt/npm-cache
COPY npm /usr/local/lib/node_modules/npm
COPY node /usr/local/bin/node
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
# npm keys its cache by the address of the registry.
ARG REGISTRY
ENV NPM_CONFIG_CACHE=/opt/npm-cache NPM_CONFIG_OFFLINE=true NPM_CONFIG_REGISTRY=${REGISTRY} NPM_CONFIG_UPDATE_NOTIFIER=false
CMD ["node"]
