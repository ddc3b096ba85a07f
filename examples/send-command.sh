#!/usr/bin/env bash
# Asks a lab for something by way of the broker, with nothing but protoc and kcat:
#
#   examples/send-command.sh BROKER:PORT LAB crash fw1
#   examples/send-command.sh BROKER:PORT LAB step 5s
#
# Prints the id of the command: the first record that it causes carries it.
set -euo pipefail
broker=${1:?usage: send-command.sh BROKER:PORT LAB COMMAND...}
lab=${2:?usage: send-command.sh BROKER:PORT LAB COMMAND...}
text=${*:3}
topic=${SWITCHBACK_PREFIX:-switchback}.commands
root=$(cd "$(dirname "$0")/.." && pwd)
id=$(cat /proc/sys/kernel/random/uuid)

# As a file, because kcat sends every line of its standard input as a message of its own.
message=$(mktemp)
trap 'rm -f "$message"' EXIT
text=${text//\\/\\\\}
printf 'id: "%s" lab: "%s" execute { text: "%s" }' "$id" "$lab" "${text//\"/\\\"}" |
  protoc -I "$root/proto" --encode=switchback.v1.Command switchback/v1/commands.proto > "$message"

# Java's partitioner, as everybody here uses it: whoever runs the lab reads the partition that its events are in.
kcat -P -b "$broker" -t "$topic" -k "$lab" -X topic.partitioner=murmur2_random -X acks=all "$message"
echo "$id"
