#!/bin/sh
# What an index adds to the memory of a search: the peak resident set of searching it, less that of searching a small
# index of the same pipeline, which holds the program, the queries' models and their work.
#
#     scripts/measure_search_memory.sh INDEX SMALL QUERIES.tsv
#
# Prints lines of a table: mode, peak MiB of either index, the difference, and its share of the dense vectors' bytes as
# they are stored; medians of REPEATS (9) searches, because a peak depends on when threads' memory meets. File-backed pages
# count, so whatever is mapped and touched is in it. Needs python3.
set -eu
index=$1 small=$2 queries=$3
pipeline=${PIPELINE:-$(dirname "$0")/../.build/release/pipeline}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

peak() { # INDEX OPTION...: MiB
  path=$1
  shift
  python3 - "${REPEATS:-9}" "$pipeline" search "$path" --queries "$queries" --run "$scratch/run" --k 10 "$@" <<'PY'
import os, statistics, subprocess, sys

peaks = []
for _ in range(int(sys.argv[1])):
    process = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(errors)
    peaks.append(usage.ru_maxrss / 1024)
print(statistics.median(peaks))
PY
}

vectors=$("$pipeline" inspect "$index" --json | python3 -c '
import json, sys
print(sum(p["bytes"] for p in json.load(sys.stdin)["parts"] if p["level"] == 0 and p["name"].startswith("vectors")) / 2**20)')
echo "| search | peak MiB | small index | difference | share of the vectors ($(printf %.1f "$vectors") MiB) |"
echo "|---|---|---|---|---|"
for options in "--mode sparse" "--mode bigranular --coarse sparse" "--mode pq" "--mode bigranular --coarse pq" "--mode dense"; do
  # shellcheck disable=SC2086   # words of options
  echo "$options $(peak "$index" $options) $(peak "$small" $options) $vectors" | awk '{
    n = NF; name = $1; for (i = 2; i <= n - 3; i++) name = name " " $i
    printf "| %s | %.1f | %.1f | %.1f | %.0f %% |\n", name, $(n-2), $(n-1), $(n-2) - $(n-1), 100 * ($(n-2) - $(n-1)) / $n }'
done
