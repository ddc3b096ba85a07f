#!/bin/sh
# Records each lab file whose checks fail, and keeps its bundle, its time line and its report in failed/.
#
#   keep-failed.sh FILE.lab.yml…
set -eu
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
mkdir -p failed
for file in "$@"; do
  if switchback run "$file" --data "$data" --replace -f json > "$data/report.json" 2> "$data/errors.txt"; then continue; fi
  name=$(basename "$file" .lab.yml)
  # An invalid file has no history: what is wrong with it is all there is.
  if [ ! -s "$data/report.json" ]; then
    mv "$data/errors.txt" "failed/$name.txt"
    echo "$file is invalid: failed/$name.txt"
    continue
  fi
  lab=$(sed -n 's/^ *"lab": "\(.*\)",$/\1/p' "$data/report.json" | head -n 1)
  switchback export "$lab" --data "$data" -o "failed/$name.sbk" > /dev/null
  switchback events "$lab" --data "$data" -f timeline > "failed/$name.txt"
  switchback report "$lab" --data "$data" -o "failed/$name.html" > /dev/null
  echo "$file failed: failed/$name.sbk, failed/$name.txt, failed/$name.html"
done
