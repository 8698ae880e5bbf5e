#!/usr/bin/env bash
# Prints README's table of pipelines: nDCG@10, R@100, documents/s, bytes a document, peak memory, for each collection.
# Usage: scripts/bench_quality.sh [FOLDER...]     folders with collection.tsv, queries.tsv, qrels.trec; default: the sample
# SPLADE and MINILM name the folders of real models; pipelines without one are left out, or use data/models.
# KEEP names a folder that keeps the last index of each job and collection, as `brute_force.py --work` wants them.
set -euo pipefail
cd "$(dirname "$0")/.."
pipeline=${PIPELINE:-.build/release/pipeline}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ $# -gt 0 ] || set -- data/sample
echo "| collection | pipeline | documents | nDCG@10 | R@100 | documents/s | bytes a document | peak MiB |"
echo "|---|---|---|---|---|---|---|---|"

# row JOB LABEL [OPTION...]
row() {
  local job=$1 label=$2
  shift 2
  local index=${KEEP:-$scratch}/$job-$name
  rm -rf "$index"
  MSMARCO=$folder python3 - "$name" "$label" "$index" "$pipeline" run "jobs/$job.yaml" --output "$index" --json \
    --set 'evaluate.measures=[nDCG@10,R@100]' "$@" <<'PY'
import json, os, resource, subprocess, sys

name, label, index, *command = sys.argv[1:]
result = subprocess.run(command, capture_output=True, text=True)
if result.returncode:
    print(f"| {name} | {label} | failed: {result.stderr.strip().splitlines()[-1]} | | | | | |")
    sys.exit()
run = json.loads(result.stdout)
means = {}


def walk(value):
    if isinstance(value, dict):
        if value.get("measure") in ("nDCG@10", "R@100"):
            means.setdefault(value["measure"], value.get("mean"))
        for key, inner in value.items():
            if key in ("nDCG@10", "R@100") and isinstance(inner, (int, float)):
                means.setdefault(key, inner)
            walk(inner)
    elif isinstance(value, list):
        for inner in value:
            walk(inner)


walk(run["evaluation"])
size = sum(os.path.getsize(os.path.join(top, file))
           for top, _, files in os.walk(os.path.realpath(f"{index}/current")) for file in files)
documents = run["documents"]
print(f"| {name} | {label} | {documents:,} | {means['nDCG@10']:.4f} | {means['R@100']:.4f} | "
      f"{documents / max(run['seconds'], 1e-3):,.0f} | {size / documents:,.0f} | "
      f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} |")
PY
}

for folder in "$@"; do
  folder=$(realpath "$folder")
  name=$(basename "$folder")
  row bm25 "BM25, 8 bits"
  row tildev2 "TILDE + TILDEv2, embedded models, 8 bits"
  row dense-exact "dense-tiny, exact"
  row msmarco "the default job"
  if [ -n "${SPLADE:-}" ]; then row splade "SPLADE-tiny"; fi
  if [ -n "${MINILM:-}" ]; then DENSE=$MINILM row dense-exact "all-MiniLM-L6-v2, exact"; fi
  if [ -n "${SPLADE:-}" ] && [ -n "${MINILM:-}" ]; then
    DENSE=$MINILM row bigranular-splade "SPLADE-tiny candidates, all-MiniLM-L6-v2 int8"
  fi
done
