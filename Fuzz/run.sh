#!/bin/bash
# Fuzzes every parser with libFuzzer and AddressSanitizer.
#
#     Fuzz/run.sh [SECONDS a target, default 60] [TARGET...]
#
# Prints a line a target: executions, seconds on the clock and of processor time, inputs in the corpus, finding or none,
# libFuzzer's seed. Corpora begin with Fuzz/corpus (see keep.sh), the tests' golden files and what a run of the sample's
# first passages leaves, and grow in .build/fuzz-corpus; what crashes, hangs or takes more than 1 GiB is kept in
# .build/fuzz-findings, and the status is 1.
# A finding again: SWIFT_BACKTRACE=enable=no BIGRAIN_FUZZ=TARGET .build/fuzz/release/fuzz FILE
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(msmarco-tsv beir-jsonl trec-sgml streams yaml job cron safetensors tokenizer vocabulary
  frame-header frames greeting envelope chunk manifest postings shard ciff csr npy fbin fvecs json-sparse json-dense ids)
corpus=.build/fuzz-corpus
findings=.build/fuzz-findings
fuzz=${FUZZ:-.build/fuzz/release/fuzz}
mkdir -p "$corpus" "$findings"

# A build of its own: everything is instrumented, and libFuzzer brings the entry point.
[ -n "${FUZZ:-}" ] || BIGRAIN_FUZZ_BUILD=1 swift build -c release --scratch-path .build/fuzz --product fuzz \
  -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld -Xcc -fsanitize=fuzzer-no-link,address

# Indexes and work folders of five passages, both codecs of postings, codes in lists and not, for the targets that read
# our own files.
built=.build/fuzz-built
if [ ! -d $built ]; then
  pipeline=${PIPELINE:-.build/release/pipeline}
  [ -x "$pipeline" ] || swift build -c release --product pipeline
  mkdir -p $built
  head -5 data/sample/collection.tsv > $built/collection.tsv
  for job in msmarco bm25; do
    "$pipeline" run jobs/$job.yaml --set "inputs.collection=$PWD/$built/collection.tsv" --output $built/$job 2> $built/log ||
      { cat $built/log >&2; exit 1; }
  done
  "$pipeline" run jobs/msmarco.yaml --set "inputs.collection=$PWD/$built/collection.tsv" \
    --set stages.quantizer.lists=3 --output $built/lists 2> $built/log || { cat $built/log >&2; exit 1; }
fi

# Seconds of processor time of all ended children.
processor() { echo $((($(cut -d ' ' -f 16 /proc/$$/stat) + $(cut -d ' ' -f 17 /proc/$$/stat)) / $(getconf CLK_TCK))); }

# Copies what a target begins with; names are digests, so that nothing is there twice.
seed() { for file in "$@"; do cp "$file" "$folder/$(sha256sum "$file" | cut -c1-16)"; done; }
text() { printf "$1" > "$folder/text-$(printf %s "$1" | sha256sum | cut -c1-16)"; }
seeds() {
  local golden=Tests/InterchangeTests/Golden
  case $1 in
    msmarco-tsv) text 'a\tone passage\nb\tanother\tthird\n'; seed $built/collection.tsv ;;
    beir-jsonl) text '{"_id":"a","title":"t","text":"b\\u00e9 \\ud83d\\ude00","metadata":{"x":[1,null]}}\n' ;;
    trec-sgml) text '<DOC>\n<DOCNO> a-1 </DOCNO>\n<TEXT>one &amp; two <!-- c --> <P>three</P></TEXT>\n</DOC>\n' ;;
    streams) for packer in gzip zstd lz4; do
      if command -v $packer > /dev/null; then head -c 300 data/sample/collection.tsv | $packer -c > "$folder/$packer"; fi; done ;;
    yaml) seed jobs/*.yaml pipelines/*.yaml Tests/JobsTests/Golden/errors/*.yaml ;;
    job) for job in bm25 tildev2 msmarco; do
      { sed "s|^pipeline:.*|pipeline: pipeline.yaml|" jobs/$job.yaml; printf '\0'; cat pipelines/$job.yaml 2> /dev/null ||
        cat pipelines/bm25.yaml; } > "$folder/$job"; done ;;
    cron) for line in '30 3 * * *' 'TZ=Europe/Berlin */5 1-3,7 L * mon-fri' '@daily' '0 0 29 2 7'; do echo "$line" > "$folder/${line//[^a-z0-9]/_}"; done ;;
    safetensors) seed Tests/InferenceTests/Golden/router/query_0_SparseStaticEmbedding/model.safetensors
      printf '\x38\0\0\0\0\0\0\0{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}12345678' > "$folder/small" ;;
    tokenizer) seed Fuzz/seeds/tokenizer.json ;;
    vocabulary) printf '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\ntext\nof\n' > "$folder/small" ;;
    frame-header) printf 'BGRN\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > "$folder/hello" ;;
    frames) for kind in 0 1 2 3; do printf "\\$kind"'\1\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0' > "$folder/$kind"; done ;;
    greeting) text '{"protocol":1,"gives":"dense","takes":["texts"],"identity":"x","dimension":3,"limits":{"batch":4,"inFlight":2}}' ;;
    envelope) seed $(find $built/*/generations -type f -size -8k ! -name '*.json*') ;;
    chunk) seed $(find $built/*/work/chunks -type f -size -8k) ;;
    manifest) seed $built/*/generations/*/manifest.json ;;
    postings) for shard in $built/*/generations/*/shard-* Tests/ShardsTests/Golden/postings-v*; do
      python3 - "$shard" > "$folder/$(echo "$shard" | sha256sum | cut -c1-16)" <<'PYTHON'
import os, sys
for name in ("terms", "postings", "blockmax"):
    path = os.path.join(sys.argv[1], name)
    if os.path.exists(path):
        content = open(path, "rb").read()
    elif os.path.exists(path + ".hex"):
        content = bytes.fromhex(open(path + ".hex").read())
    else:
        break
    sys.stdout.buffer.write(len(content).to_bytes(4, "little") + content)
PYTHON
      done ;;
    shard) seed $(find $built/*/generations -type f -size -16k ! -name '*.json*' ! -name terms ! -name postings ! -name blockmax) ;;
    ciff) seed $golden/toy.ciff ;;
    csr) seed $golden/toy.csr ;;
    npy) seed $golden/*.npy ;;
    fbin | fvecs) seed $golden/vectors.$1 ;;
    ids) seed $golden/toy.csr.ids ;;
    json-sparse) text '{"id":"a","contents":"x","vector":{"b\\u00e9":1.5e0,"c":2}}\n' ;;
    json-dense) text '{"docid":7,"vector":[1,-2.5,0.1]}\n' ;;
    *) echo "run.sh: there is no target $1" >&2; exit 64 ;;
  esac
}

# Where parsers that take paths find their input: in memory, and ours alone.
export BIGRAIN_FUZZ_FOLDER
BIGRAIN_FUZZ_FOLDER=$(mktemp -d /dev/shm/bigrain-fuzz.XXXXXX)
trap 'rm -rf "$BIGRAIN_FUZZ_FOLDER"' EXIT

status=0
for target in "${targets[@]}"; do
  folder=$corpus/$target
  mkdir -p "$folder"
  seeds "$target"
  [ ! -f "Fuzz/corpus/$target.tar.gz" ] || tar -xzf "Fuzz/corpus/$target.tar.gz" -C "$folder"
  before=$(processor)
  log=$findings/$target.log
  case $target in tokenizer | safetensors | envelope | chunk | postings | shard | manifest) length=16384 ;; *) length=4096 ;; esac
  # Swift's own backtraces take minutes under the sanitizer, and say no more than it does.
  found=none
  BIGRAIN_FUZZ=$target SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=32 \
    "$fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=$length -detect_leaks=0 -print_final_stats=1 \
    -artifact_prefix="$findings/$target-" "$folder" < /dev/null > "$log" 2>&1 || { found=$log; status=1; }
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  took=$(sed -n 's/.*Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
  spent=$(($(processor) - before))
  echo "$target: ${executions:-?} executions, ${took:-?} s, $spent s of processor time," \
    "$(find "$folder" -type f | wc -l) inputs, finding: $found, seed $(sed -n 's/^INFO: Seed: //p' "$log")"
done
exit $status
