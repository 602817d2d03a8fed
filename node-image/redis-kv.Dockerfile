# A node of the system redis-kv: the compiled example, the library and the one package that it needs. The build context is
# assembled by src/cluster/docker/build-context.ts; the base is any image with Node.js.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}
LABEL raft-chaos.image=node
WORKDIR /app
COPY . /app/
RUN mkdir -p /data
ENTRYPOINT ["node", "/app/dist/examples/redis-kv/server.js"]
