#!/usr/bin/env bash
# What the official image does at start. KafkaDockerWrapper is its own code, part of the broker's jar: it turns KAFKA_* into
# server.properties and formats the storage, so compose.yaml's settings are read by the program that reads them in earnest.
set -euo pipefail
export CLUSTER_ID=${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}

if ! java -cp '/opt/kafka/libs/*' kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config > /tmp/setup.log 2>&1; then
  grep -i 'already formatted' /tmp/setup.log || { cat /tmp/setup.log; exit 1; }
fi
# shellcheck disable=SC2086  # several options in one variable, as in the official image
exec java ${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} -cp '/opt/kafka/libs/*' kafka.Kafka /opt/kafka/config/server.properties
