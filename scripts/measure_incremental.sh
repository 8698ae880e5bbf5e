#!/usr/bin/env bash
# Changes 1 % of a collection and measures the next run against a full build of the changed one.
#
#     MSMARCO=../shared/data/msmarco-dl19 scripts/measure_incremental.sh [JOB.yaml]
#
# JOB reads `collection.tsv` in $MSMARCO and should have an encoder stage (default: jobs/msmarco.yaml). A third of the
# changes replace words, a third delete, a third insert. Prints one line; ends with 1 if more than 1.5 % of the rows are
# encoded again, if it takes more than a tenth of the full build, or if the bytes differ.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
pipeline=${PIPELINE:-$here/.build/release/pipeline}
job=${1:-$here/jobs/msmarco.yaml}
source=${MSMARCO:-$here/data/sample}
folder=$(mktemp -d "${TMPDIR:-/tmp}/measure-incremental.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/collection"
cp "$source"/* "$folder/collection/"
export MSMARCO=$folder/collection

run() { "$pipeline" run "$job" --output "$folder/$1" --json >"$folder/$1.json" 2>"$folder/$1.log" || { cat "$folder/$1.log" >&2; exit 1; }; }

run first
rm -rf "$folder/again"
mv "$folder/first" "$folder/again"
python3 - "$folder/collection/collection.tsv" "${SEED:-1}" <<'PYTHON'
import random, sys

path, seed = sys.argv[1], int(sys.argv[2])
lines = open(path, encoding="utf-8").readlines()
source = random.Random(seed)
picked = source.sample(range(len(lines)), max(3, len(lines) // 100))
for number, line in enumerate(picked):
    identifier, text = lines[line].rstrip("\n").split("\t", 1)
    if number % 3 == 0:
        lines[line] = f"{identifier}\t{text} with a changed end\n"
    elif number % 3 == 1:
        lines[line] = ""
    else:
        lines[line] += f"new-{number}\tA passage that was not there before, number {number}.\n"
open(path, "w", encoding="utf-8").writelines(lines)
PYTHON
"$pipeline" plan "$job" --output "$folder/again" 2>/dev/null | grep '^documents of' || true
run again
run full
diff -r "$folder/again/current/" "$folder/full/current/" >/dev/null && same=equal || same=DIFFERENT
python3 - "$folder" "$same" <<'PYTHON'
import json, sys

folder, same = sys.argv[1:]
again, full = (json.load(open(f"{folder}/{name}.json")) for name in ("again", "full"))
rows = again["computedRows"] + again["reusedRows"]
part = again["computedRows"] / rows if rows else 0
ratio = again["seconds"] / full["seconds"]
print(
    f"{full['documents']} documents, 1 % changed: {again['computedRows']} of {rows} rows encoded ({part:.2%}), "
    f"{again['seconds']:.1f} s instead of {full['seconds']:.1f} s ({ratio:.1%}), bytes {same}"
)
sys.exit(same != "equal" or part > 0.015 or ratio > 0.1)
PYTHON
