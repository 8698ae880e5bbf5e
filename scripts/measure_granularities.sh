#!/bin/sh
# What the light side of an index with both granularities misses of the heavy one, and what verification makes of it.
#
#     scripts/measure_granularities.sh INDEX FOLDER [CANDIDATES...]      FOLDER holds queries.tsv and qrels.trec
#
# Prints lines of a table: nDCG@10 of all dense vectors, then of each number of candidates (100 and 1000 unless given)
# from the inverted index and from codes, verified, with the share of the ten best by all dense vectors among them.
set -eu
index=$1 data=$2
shift 2
pipeline=${PIPELINE:-.build/release/pipeline}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

search() { # NAME OPTION...: a run of that name
  run=$scratch/$1.run
  shift
  "$pipeline" search "$index" --queries "$data/queries.tsv" --run "$run" "$@" 2>"$scratch/errors" ||
    { cat "$scratch/errors" >&2; exit 1; }
}
value() { # QRELS RUN MEASURE
  "$pipeline" evaluate --complete --qrels "$1" --run "$2" --measures "$3" 2>/dev/null | awk -v name="$3" '$1 == name { print $2 }'
}

search dense --mode dense --k 10
awk '{ print $1, 0, $3, 1 }' "$scratch/dense.run" >"$scratch/best.qrels"
echo "| all dense vectors | | $(value "$data/qrels.trec" "$scratch/dense.run" nDCG@10) | |"
for side in sparse pq; do
  for count in ${*:-100 1000}; do
    search coarse --mode $side --k "$count"
    search verified --mode bigranular --coarse $side --candidates "$count" --k 10
    echo "| $side | $count | $(value "$data/qrels.trec" "$scratch/verified.run" nDCG@10)" \
      "| $(value "$scratch/best.qrels" "$scratch/coarse.run" "R@$count") |"
  done
done
