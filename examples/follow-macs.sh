#!/usr/bin/env bash
# Follows the MAC changes of every lab, with nothing but kcat and protoc:
#
#   examples/follow-macs.sh BROKER:PORT         from the first event on, and goes on
#   examples/follow-macs.sh BROKER:PORT -e      ends where the log ends
#
# The headers say which messages are worth decoding, so the first kcat never looks into a value.
set -euo pipefail
broker=${1:?usage: follow-macs.sh BROKER:PORT [-e]}
topic=${SWITCHBACK_PREFIX:-switchback}.events
root=$(cd "$(dirname "$0")/.." && pwd)
reading=(-b "$broker" -t "$topic" -q -X isolation.level=read_committed)

kcat -C "${reading[@]}" -o beginning -u "${@:2}" -f '%p %o %S %k %h\n' | while read -r partition offset size lab headers; do
  if [ "$size" = -1 ]; then echo "$lab is forgotten"; fi
  case $headers in *ce_type=switchback.v1.MacAddressChanged*) ;; *) continue ;; esac
  kcat -C "${reading[@]}" -p "$partition" -o "$offset" -c 1 -f '%s' |
    protoc -I "$root/proto" -I "$root/examples" --decode=switchback.examples.RecordView record-view.proto |
    awk '{ gsub(/[":]/, "", $1); value = $2; gsub(/"/, "", value) }
         # "cause" is there twice: the position of the event behind it, and the word for the reason.
         $1 == "cause" && $2 !~ /"/ { next }
         NF == 2 { field[$1] = value }
         END { printf "%s #%d %.9f s %s:%s %s %s -> %s (%s)\n", field["lab"], field["position"], field["at_ns"] / 1e9,
                      field["node"], field["interface"], field["which"], field["old"], field["new"], field["cause"] }'
done
