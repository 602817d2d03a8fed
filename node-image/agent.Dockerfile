# The agent of a node's pod: the compiled agent program and nft. The base is the node's own; where it lacks nft, Debian's
# package is added.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}
LABEL raft-chaos.image=agent
RUN command -v nft || (apt-get update && apt-get install -y --no-install-recommends nftables && rm -rf /var/lib/apt/lists/*)
WORKDIR /app
COPY . /app/
ENTRYPOINT ["node", "/app/dist/cluster/docker/agent/main.js"]
