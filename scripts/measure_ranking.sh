#!/usr/bin/env bash
# Prints README's table of nDCG@10 for collections that you have: folders with collection.tsv, queries.tsv, qrels.trec.
# Usage: scripts/measure_ranking.sh FOLDER...
set -euo pipefail
cd "$(dirname "$0")/.."
pipeline=${PIPELINE:-.build/release/pipeline}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "| collection | documents | queries | nDCG@10, 8 bits | nDCG@10, unquantized |"
echo "|---|---|---|---|---|"
for folder in "$@"; do
  folder=$(realpath "$folder")
  name=$(basename "$folder")
  for job in bm25 bm25-exact; do
    MSMARCO=$folder "$pipeline" run "jobs/$job.yaml" --output "$scratch/$name-$job" \
      --set 'evaluate.measures=[nDCG@10]' >"$scratch/$job.txt" 2>/dev/null
  done
  value() { awk '$1 == "nDCG@10" {print $2}' "$scratch/$1.txt"; }
  documents=$(sed -n 's/.*: \([0-9,]*\) documents.*/\1/p' "$scratch/bm25.txt")
  queries=$(sed -n 's/^Means over \([0-9]*\) queries.*/\1/p' "$scratch/bm25.txt")
  echo "| $name | $documents | $queries | $(value bm25) | $(value bm25-exact) |"
done
