#!/usr/bin/env bash
# Speed of the math kernels on one core, beside the peak of its multiply-add units. An argument forces an instruction
# set by number (0 portable, 1 AVX2, ...; see ckmath.h).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-clang}" -std=gnu17 -O2 Sources/CKernels/math/*.c Benchmarks/kernels.c -lm -lpthread -o "$work/kernels"
"$work/kernels" "$@"
