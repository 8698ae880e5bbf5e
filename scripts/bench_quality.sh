#!/usr/bin/env bash
# Prints README's table of pipelines: nDCG@10, R@100, documents/s, bytes a document, for each collection.
# Usage: scripts/bench_quality.sh [FOLDER...]     folders with collection.tsv, queries.tsv, qrels.trec; default: the sample
# SPLADE and DENSE name the folders of real models; pipelines without one are left out, or use data/models.
set -euo pipefail
cd "$(dirname "$0")/.."
pipeline=${PIPELINE:-.build/release/pipeline}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ $# -gt 0 ] || set -- data/sample
echo "| collection | pipeline | documents | nDCG@10 | R@100 | documents/s | bytes a document |"
echo "|---|---|---|---|---|---|---|"

# row JOB LABEL [OPTION...]
row() {
  local job=$1 label=$2
  shift 2
  rm -rf "$scratch/index"
  MSMARCO=$folder "$pipeline" run "jobs/$job.yaml" --output "$scratch/index" --json \
    --set 'evaluate.measures=[nDCG@10,R@100]' "$@" >"$scratch/run.json" 2>"$scratch/log" ||
    { tail -1 "$scratch/log" >&2; echo "| $name | $label | failed: $(tail -1 "$scratch/log") | | | | |"; return; }
  python3 - "$name" "$label" "$scratch" <<'PY'
import json, os, sys
name, label, scratch = sys.argv[1:]
run = json.load(open(f"{scratch}/run.json"))
means = {}
def walk(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("nDCG@10", "R@100") and isinstance(inner, (int, float)):
                means.setdefault(key, inner)
            walk(inner)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict) and inner.get("measure") in ("nDCG@10", "R@100"):
                means.setdefault(inner["measure"], inner.get("mean"))
            walk(inner)
walk(run["evaluation"])
size = sum(os.path.getsize(os.path.join(top, file)) for top, _, files in os.walk(os.path.realpath(f"{scratch}/index/current"))
           for file in files)
documents = run["documents"]
print(f"| {name} | {label} | {documents:,} | {means['nDCG@10']:.4f} | {means['R@100']:.4f} | "
      f"{documents / max(run['seconds'], 1e-3):,.0f} | {size / documents:,.0f} |")
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
done
