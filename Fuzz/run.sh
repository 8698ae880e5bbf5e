#!/bin/bash
# Fuzzes the parsers of other programs' files with libFuzzer and AddressSanitizer.
#   Fuzz/run.sh [SECONDS a target, default 60] [TARGET...]
# The sources that the parsers need are compiled as one module, because the package's build has no fuzzer in it. Corpora
# begin with the tests' golden files and grow in .build/fuzz/corpus; findings stay in .build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(json-sparse json-dense ids streams ciff csr npy fbin fvecs)
work=$PWD/.build/fuzz
rm -rf "$work/sources" && mkdir -p "$work/sources" "$work/corpus"

number=0
for file in $(find Sources/Kernels -name '*.swift') Sources/Codecs/ByteStrings.swift Sources/Interchange/InterchangeError.swift \
  $(find Sources/Interchange/Read -name '*.swift') Fuzz/ImportTargets.swift; do
  number=$((number + 1))
  # Modules of the package are one here; the rest stays as it is.
  sed -E 's/^(package|internal) import (Kernels|Codecs)$//' "$file" > "$work/sources/$(printf %03d $number)-$(basename "$file")"
done
cat > "$work/sources/Environment.swift" <<'SWIFT'
internal import Glibc
func environmentValue(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
SWIFT

# The C kernels as the package builds them.
kernels=.build/release/CKernels.build
[ -d $kernels ] || swift build -c release --target CKernels
maps="-Xcc -fmodule-map-file=$kernels/module.modulemap"
for module in CLZ4 CZstd CZlib CStemmer; do maps+=" -Xcc -fmodule-map-file=Sources/$module/module.modulemap"; done
swiftc -O -swift-version 6 -parse-as-library -sanitize=fuzzer,address -package-name fuzz -module-name BigrainFuzz \
  -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny -suppress-warnings \
  -I Sources/CKernels/include $maps "$work"/sources/*.swift $(find $kernels/ -name '*.o') -llz4 -lzstd -lz -lstemmer -lm -o "$work/fuzz"

status=0
for target in "${targets[@]}"; do
  corpus=$work/corpus/$target
  mkdir -p "$corpus"
  case $target in
    ciff) cp Tests/InterchangeTests/Golden/toy.ciff "$corpus" ;;
    csr) cp Tests/InterchangeTests/Golden/toy.csr "$corpus" ;;
    npy) cp Tests/InterchangeTests/Golden/*.npy "$corpus" ;;
    fbin | fvecs) cp Tests/InterchangeTests/Golden/vectors.$target "$corpus" ;;
    ids) cp Tests/InterchangeTests/Golden/toy.csr.ids "$corpus" ;;
    json-sparse) echo '{"id":"a","contents":"x","vector":{"b\u00e9":1.5e0,"c":2}}' > "$corpus/line" ;;
    json-dense) echo '{"docid":7,"vector":[1,-2.5,0.1]}' > "$corpus/line" ;;
    streams) for c in gzip zstd lz4; do echo "a text a text a text" | $c > "$corpus/$c" 2> /dev/null || true; done ;;
  esac
  echo "== $target"
  BIGRAIN_FUZZ=$target "$work/fuzz" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=4096 \
    -artifact_prefix="$work/$target-" "$corpus" 2>&1 | grep -E "ERROR|SUMMARY|fatal|Fatal|DONE|stat::|Done" || true
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
done
rm -f /dev/shm/bigrain-fuzz-*
exit $status
