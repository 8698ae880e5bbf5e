#!/bin/bash
# Measures the peak memory and the time of a BM25 job over one and two million synthetic documents.
#
#     scripts/measure_memory.sh                         1000000 and 2000000 documents
#     scripts/measure_memory.sh 100000                  100000 and 200000
#     PIPELINE=/usr/local/bin/pipeline scripts/measure_memory.sh
#
# Ends with status 1 if either job's peak is above 110 % of its `budget.memory` (512MiB), or if twice the documents take
# more than 2.1 times as long. Each job starts from nothing, with the default number of workers. The peak is the
# resident set as the kernel counts it, file-backed pages included. Needs bash, python3 and, for 2000000 documents, a
# few GB under $TMPDIR.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
pipeline=${PIPELINE:-$here/../.build/release/pipeline}
documents=${1:-1000000}
folder=$(mktemp -d "${TMPDIR:-/tmp}/measure-memory.XXXXXX")
trap 'rm -rf "$folder"' EXIT

[ -x "$pipeline" ] || { echo "measure_memory.sh: there is no $pipeline; run make build, or set PIPELINE" >&2; exit 66; }

cp "$here/../pipelines/bm25.yaml" "$folder/bm25.yaml"
cat >"$folder/job.yaml" <<'YAML'
pipeline: bm25.yaml
inputs: {collection: collection.tsv}
output: out
budget: {memory: 512MiB}
YAML

# measure DOCUMENTS: prints `SECONDS MIB`; the job's own output goes to standard error.
measure() {
  python3 "$here/synthesize_collection.py" --documents "$1" --seed 7 --output "$folder/collection.tsv"
  # A process of its own for each job: RUSAGE_CHILDREN is the maximum over all children so far.
  python3 - "$pipeline" run "$folder/job.yaml" --output "$folder/out" <<'PYTHON'
import resource, subprocess, sys, time

started = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
seconds = time.monotonic() - started
if status:
    sys.exit(f"the job ended with status {status}")
print(f"{seconds:.2f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.1f}")
PYTHON
  rm -rf "$folder/out" "$folder/collection.tsv"
}

first=$(measure "$documents")
second=$(measure $((2 * documents)))
python3 - "$documents" $first $second <<'PYTHON'
import sys

documents = int(sys.argv[1])
first, first_peak, second, second_peak = map(float, sys.argv[2:])
limit = 512 * 1.1
print(f"{documents:>9} documents: {first:8.2f} s, peak {first_peak:6.1f} MiB")
print(f"{2 * documents:>9} documents: {second:8.2f} s, peak {second_peak:6.1f} MiB")
print(f"ratio of times {second / first:.2f} (at most 2.1), highest peak allowed {limit:.1f} MiB")
sys.exit(second / first > 2.1 or max(first_peak, second_peak) > limit)
PYTHON
