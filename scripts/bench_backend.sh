#!/usr/bin/env bash
# How fast a process backend is fed: passages a second, from a text file to vectors on disk, with a worker that answers at
# once (workers/example). The goal is 30,000 on two cores: an H100 encodes 25,000 with BERT-base.
#
# Usage: scripts/bench_backend.sh [--copies N] [--kind dense|sparse] [--dimension N] [--workers N] [COLLECTION.tsv]
#
# COLLECTION is `id<TAB>text`, repeated N times (8) under other ids; without it, msmarco-dl19 of ../shared if it is there,
# else the sample. Only `run` is timed, from the start of the process to its end.
set -euo pipefail
cd "$(dirname "$0")/.."
copies=8 kind=dense dimension=384 workers=2 collection=
while [ $# -gt 0 ]; do
  case $1 in
    --copies) copies=$2; shift 2 ;;
    --kind) kind=$2; shift 2 ;;
    --dimension) dimension=$2; shift 2 ;;
    --workers) workers=$2; shift 2 ;;
    *) collection=$1; shift ;;
  esac
done
pipeline=$(realpath "${PIPELINE:-.build/release/pipeline}")
worker=$(realpath "${WORKER:-.build/release/example-worker}")
if [ -z "$collection" ]; then
  collection=${BIGRAIN_SHARED:-../shared}/data/msmarco-dl19/collection.tsv
  [ -e "$collection" ] || collection=data/sample/collection.tsv
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for copy in $(seq "$copies"); do sed "s/^/$copy-/" "$collection"; done >"$scratch/collection.tsv"
passages=$(wc -l <"$scratch/collection.tsv")
case $kind in
  dense) use=encode.dense ;;
  sparse) use=encode.splade ;;
esac
cat >"$scratch/pipeline.yaml" <<YAML
stages:
  passages: {use: read, format: msmarco-tsv, input: \$collection}
  vectors:
    use: $use
    from: passages
    backend: {command: [$worker, $kind, --dimension, "$dimension", --terms, "100"], identity: example-1}
YAML
cat >"$scratch/job.yaml" <<YAML
pipeline: pipeline.yaml
inputs: {collection: collection.tsv}
output: out
YAML
begun=$(date +%s.%N)
"$pipeline" run "$scratch/job.yaml" --workers "$workers" --until vectors >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
ended=$(date +%s.%N)
bytes=$(du -sb "$scratch/out/work/chunks" | cut -f1)
stored=$(find "$scratch/out/work/chunks" -type f | wc -l)
awk -v p="$passages" -v s="$(echo "$ended - $begun" | bc)" -v b="$bytes" -v f="$stored" -v k="$kind" 'BEGIN {
  printf "%s: %d passages in %.2f s: %.0f passages/s; %d chunks, %.0f MB on disk\n", k, p, s, p / s, f, b / 1e6 }'
