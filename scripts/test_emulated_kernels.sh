#!/usr/bin/env bash
# Runs the kernels of instruction sets that this processor may lack (AVX-VNNI, AVX-512, VNNI, BF16) through SIMDe's
# emulation (Debian: libsimde-dev) and compares them with the portable functions. Needs clang, AVX2 and two minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CC:-clang}" -std=c17 -O2 -Wall -Wextra -Wno-psabi -mavx2 -mfma -mf16c -DCK_EMULATED \
  Sources/CKernels/math/*.c scripts/emulated_kernels/compare.c -lm -lpthread -o "$work/compare"
"$work/compare"
