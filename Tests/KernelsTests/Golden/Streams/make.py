#!/usr/bin/env python3
"""Writes the compressed files of this folder with the command line tools gzip, zstd and lz4.

Their content is that of text(): N lines `line <number> <number squared>`, in parts of PARTS lines, a frame or member each.
"""
import pathlib, struct, subprocess

HERE = pathlib.Path(__file__).parent
PARTS = [400, 1, 0, 900]


def text():
    lines = [b"line %d %d\n" % (n, n * n) for n in range(sum(PARTS))]
    parts, start = [], 0
    for count in PARTS:
        parts.append(b"".join(lines[start : start + count]))
        start += count
    return parts


def packed(*command):
    return [subprocess.run(command, input=part, capture_output=True, check=True).stdout for part in text()]


def skippable(content):
    return struct.pack("<II", 0x184D2A53, len(content)) + content


(HERE / "plain.txt").write_bytes(b"".join(text()))
gzip = packed("gzip", "-n", "-9")
(HERE / "members.gz").write_bytes(b"".join(gzip))
(HERE / "padded.gz").write_bytes(b"".join(gzip) + bytes(1000))
zstd = packed("zstd", "-q", "--check", "-c")
(HERE / "frames.zst").write_bytes(b"".join(zstd))
(HERE / "skippable.zst").write_bytes(skippable(b"seek table") + zstd[0] + skippable(b"") + b"".join(zstd[1:]))
lz4 = packed("lz4", "-q", "-c", "-BD", "-BX")
(HERE / "frames.lz4").write_bytes(b"".join(lz4))
(HERE / "skippable.lz4").write_bytes(skippable(b"x" * 20) + b"".join(lz4) + skippable(b"end"))
zeros = bytes(4 << 20)
for suffix, command in [("gz", ["gzip", "-n", "-9"]), ("zst", ["zstd", "-q", "-c"]), ("lz4", ["lz4", "-q", "-c", "-9"])]:
    (HERE / f"zeros.{suffix}").write_bytes(subprocess.run(command, input=zeros, capture_output=True).stdout)
