#!/bin/bash
# Keeps what fuzzing found out in the repository, so that the next fuzzing begins there.
#
#     Fuzz/keep.sh [TARGET...]
#
# Of each corpus in .build/fuzz-corpus, libFuzzer picks the smallest inputs that reach as much code; they are packed into
# Fuzz/corpus/TARGET.tar.gz, the same bytes for the same inputs. Needs Fuzz/run.sh's build.
set -euo pipefail
cd "$(dirname "$0")/.."
fuzz=${FUZZ:-.build/fuzz/release/fuzz}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls .build/fuzz-corpus)
export BIGRAIN_FUZZ_FOLDER
BIGRAIN_FUZZ_FOLDER=$(mktemp -d /dev/shm/bigrain-fuzz.XXXXXX)
kept=$(mktemp -d)
trap 'rm -rf "$BIGRAIN_FUZZ_FOLDER" "$kept"' EXIT
mkdir -p Fuzz/corpus
for target in "${targets[@]}"; do
  folder=.build/fuzz-corpus/$target
  mkdir "$kept/$target"
  BIGRAIN_FUZZ=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 \
    "$fuzz" -merge=1 -timeout=10 -rss_limit_mb=1024 -max_len=16384 -detect_leaks=0 "$kept/$target" "$folder" \
    < /dev/null > "$kept/log" 2>&1 || { cat "$kept/log" >&2; exit 1; }
  tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -C "$kept/$target" . |
    gzip -9n > "Fuzz/corpus/$target.tar.gz"
  echo "$target: $(find "$kept/$target" -type f | wc -l) of $(find "$folder" -type f | wc -l) inputs," \
    "$(stat -c %s "Fuzz/corpus/$target.tar.gz") bytes"
done
