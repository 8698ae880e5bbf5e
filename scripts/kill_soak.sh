#!/bin/bash
# Kills `pipeline run` with SIGKILL at random moments, goes on with `run`, and compares with a run that nobody stopped.
#
#     scripts/kill_soak.sh                              300 kills, a seed of the clock
#     SEED=17 scripts/kill_soak.sh 20                   20 kills; the seed gives the moments, as parts of a run's time
#     PIPELINE=/usr/local/bin/pipeline scripts/kill_soak.sh
#
# After every kill must hold:
#   1. the next run ends well, and every file of its generation has the SHA-256 of the uninterrupted run's;
#   2. no piece that was committed when the process died is written again;
#   3. no more unfinished files lie in WORK/chunks than one chunk a worker has, so at most that is done twice;
#   4. after `gc`, the output and work folders hold the same names as the uninterrupted run's.
# Ends with status 1 at the first difference, names the seed, and keeps the folders. Needs bash and python3.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
pipeline=${PIPELINE:-$here/../.build/release/pipeline}
rounds=${1:-300}
seed=${SEED:-$(date +%s)}
documents=${DOCUMENTS:-20000}
folder=$(mktemp -d "${TMPDIR:-/tmp}/kill-soak.XXXXXX")
RANDOM=$((seed % 32768))
echo "seed $seed, $rounds rounds, $documents documents, folder $folder"

[ -x "$pipeline" ] || { echo "kill_soak.sh: there is no $pipeline; run make build, or set PIPELINE" >&2; exit 66; }

fail() {
  echo "FAILED in round $round: $1" >&2
  echo "again: SEED=$seed DOCUMENTS=$documents scripts/kill_soak.sh $rounds; the folders are in $folder" >&2
  exit 1
}

# Small chunks, so that a kill finds many of them finished and some not.
python3 "$here/synthesize_collection.py" --documents "$documents" --vocabulary 20000 --seed 7 --output "$folder/c.tsv"
cat >"$folder/pipeline.yaml" <<'YAML'
stages:
  passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 256KiB}
  terms: {use: analyze, from: passages, analyzer: english}
  frequencies: {use: fit.documentFrequencies, from: terms}
  weights: {use: encode.bm25, from: terms, frequencies: frequencies, k1: 1.2, b: 0.75}
  range: {use: fit.impactRange, from: weights}
  impacts: {use: quantize.impacts, from: weights, range: range, bits: 8, rounding: half-even}
  index: {use: shard, sparse: impacts, documents: passages, shards: 2}
YAML
cat >"$folder/job.yaml" <<'YAML'
pipeline: pipeline.yaml
inputs: {collection: c.tsv}
output: out
budget: {workers: 2, memory: 512MiB}
YAML

# run OUTPUT WORKERS
run() { "$pipeline" run "$folder/job.yaml" --output "$1" --workers "$2" >"$folder/log" 2>&1; }

digests() { (cd "$1/current/" && find . -type f | sort | xargs sha256sum); }

names() { (cd "$1" && find . | sort); }

# What lies in the work folder of OUTPUT: `piece FILE INODE MTIME` for a committed file, `loose FILE` for another.
# Reads a copy of the database, for opening it would roll back its journal.
pieces() {
  python3 - "$1/work" "$folder/copy" <<'PYTHON'
import os, shutil, sqlite3, sys

work, copy = sys.argv[1:]
shutil.rmtree(copy, ignore_errors=True)
os.mkdir(copy)
for name in os.listdir(work) if os.path.isdir(work) else []:
    if name.startswith("checkpoint.sqlite"):
        shutil.copy(os.path.join(work, name), copy)
database = sqlite3.connect(os.path.join(copy, "checkpoint.sqlite"))
made = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'piece'").fetchone()
committed = {file for (file,) in database.execute("SELECT file FROM piece")} if made else set()
for parent, _, names in os.walk(os.path.join(work, "chunks")):
    for name in names:
        path = os.path.join(parent, name)
        file = os.path.relpath(path, work)
        status = os.stat(path)
        print(*(["piece", file, status.st_ino, status.st_mtime_ns] if file in committed else ["loose", file]))
        committed.discard(file)
for file in committed:
    print("piece", file, "missing")
PYTHON
}

# The reference is run twice: the second time tells how long a run takes once the files are in the page cache.
round=0
for attempt in 1 2; do
  rm -rf "$folder/whole"
  started=$(date +%s%N)
  run "$folder/whole" 2 || { cat "$folder/log" >&2; fail "the uninterrupted run failed"; }
  milliseconds=$((($(date +%s%N) - started) / 1000000))
done
"$pipeline" gc "$folder/job.yaml" --output "$folder/whole" >/dev/null 2>&1 || fail "gc failed"
digests "$folder/whole" >"$folder/whole.digests"
names "$folder/whole" >"$folder/whole.names"
total=$(pieces "$folder/whole" | grep -c '^piece' || true)
[ "$total" -gt 0 ] || fail "gc left no piece of the uninterrupted run"
echo "an uninterrupted run takes $milliseconds ms and makes $total pieces"

killed=0 late=0 kept=0 loose=0 again=0
for round in $(seq "$rounds"); do
  workers=$((2 + RANDOM % 2))
  delay=$((milliseconds * (RANDOM * 32768 + RANDOM) >> 30))
  output=$folder/broken
  rm -rf "$output"
  "$pipeline" run "$folder/job.yaml" --output "$output" --workers "$workers" >"$folder/log" 2>&1 &
  process=$!
  sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
  if kill -9 "$process" 2>/dev/null; then killed=$((killed + 1)); else late=$((late + 1)); fi
  wait "$process" 2>/dev/null || true

  pieces "$output" | sort >"$folder/before"
  unfinished=$(grep -c '^loose' "$folder/before" || true)
  # The pieces of a chunk are committed together, and no pass of this job makes more than two: a listing, a contribution.
  [ "$unfinished" -le $((2 * workers)) ] ||
    fail "$unfinished unfinished files with $workers workers, killed after $delay ms"

  run "$output" "$workers" || { cat "$folder/log" >&2; fail "the run after a kill at $delay ms failed"; }
  pieces "$output" | sort >"$folder/after"
  grep '^piece' "$folder/before" >"$folder/committed" || true
  rewritten=$(comm -23 "$folder/committed" <(grep '^piece' "$folder/after") | wc -l)
  [ "$rewritten" -eq 0 ] ||
    fail "$rewritten of $(wc -l <"$folder/committed") committed pieces were made again, killed after $delay ms
$(cat "$folder/log")"
  digests "$output" | diff "$folder/whole.digests" - >&2 || fail "other index bytes, killed after $delay ms"
  "$pipeline" gc "$folder/job.yaml" --output "$output" >/dev/null 2>&1 || fail "gc failed"
  names "$output" | diff "$folder/whole.names" - >&2 || fail "other files after gc, killed after $delay ms"

  kept=$((kept + $(wc -l <"$folder/committed")))
  loose=$((loose + unfinished))
  [ "$unfinished" -eq 0 ] || again=$((again + 1))
  [ $((round % 50)) -ne 0 ] || echo "$round rounds, $killed killed at work"
done
echo "$killed killed at work, $late had ended; $kept of $((rounds * total)) pieces were committed when the process died"
echo "none of them was made again; $loose unfinished files in $again rounds, never more than one chunk a worker has"
echo "all $rounds generations have the bytes of the uninterrupted run; no stray file after gc"
rm -rf "$folder"
