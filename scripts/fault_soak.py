#!/usr/bin/env python3
"""Makes the k-th call on a file fail, for every k, in every way, and checks that nothing is lost.

    swift build -c release --build-tests       # builds `pipeline` and the library that makes calls fail
    python3 scripts/fault_soak.py                                  every kind of failure
    python3 scripts/fault_soak.py --kills                          the process dies instead, in the place of each call
    python3 scripts/fault_soak.py --calls write --errors ENOSPC    only these

A job has published an index; its collection changes, and the next run is hit by one failure. Pass rule: a documented
exit code (or, after a failure that can be repaired, success), a message of one line that names a path, the published
index untouched, and a next run that completes to the bytes of an undisturbed run. Prints a line a kind of failure, ends
with 1 at the first violation and keeps the folder. Standard library only.
"""

import argparse
import errno
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
PIPELINE = """stages:
  passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 64KiB}
  terms: {use: analyze, from: passages, analyzer: english}
  frequencies: {use: fit.documentFrequencies, from: terms}
  weights: {use: encode.bm25, from: terms, frequencies: frequencies, k1: 1.2, b: 0.75}
  range: {use: fit.impactRange, from: weights}
  impacts: {use: quantize.impacts, from: weights, range: range, bits: 8}
  index: {use: shard, sparse: impacts, documents: passages, shards: 1}
"""
KINDS = {
    "write": ["ENOSPC", "EIO", "EDQUOT", "EINTR", "short"],
    "fsync": ["EIO", "ENOSPC", "EINTR"],
    "rename": ["EIO", "ENOSPC"],
    "mmap": ["ENOMEM", "EIO"],
    "read": ["EIO", "EINTR", "short"],
    "open": ["EMFILE", "EIO", "ENOSPC"],
}
DOCUMENTED = {1, 2, 64, 65, 66, 69, 73, 74, 75, 78}


class Toy:
    """A folder with a job, and the two states of it that every round begins with and should end in."""

    def __init__(self, options):
        self.program, self.library = options.pipeline, options.library
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="fault-soak."))
        lines = (HERE / "data/sample/collection.tsv").read_text().splitlines(keepends=True)
        (self.folder / "pipeline.yaml").write_text(PIPELINE)
        (self.folder / "job.yaml").write_text("pipeline: pipeline.yaml\ninputs: {collection: collection.tsv}\noutput: out\n")
        self.collection = self.folder / "collection.tsv"
        self.collection.write_text("".join(lines[:-3]))
        assert self.run().returncode == 0
        self.before = self.index()
        os.rename(self.folder / "out", self.folder / "start")
        self.collection.write_text("".join(lines[:100] + ["new-1\ta passage that was not there before\n"] + lines[100:]))
        self.restore()
        assert self.run().returncode == 0
        self.after = self.index()

    def restore(self):
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        shutil.copytree(self.folder / "start", self.folder / "out", symlinks=True)

    def run(self, **faults):
        environment = dict(os.environ)
        if faults:
            environment |= {"LD_PRELOAD": str(self.library), "FAULT_ROOT": str(self.folder / "out")}
            environment |= {f"FAULT_{key.upper()}": str(value) for key, value in faults.items()}
        # One worker: the k-th call is the same one every time.
        command = [str(self.program), "run", str(self.folder / "job.yaml"), "--workers", "1"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)

    def index(self):
        current = (self.folder / "out/current").resolve()
        return {
            str(path.relative_to(current)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(current.rglob("*"))
            if path.is_file()
        }


def violation(toy, run, mark, is_kill):
    """What is wrong with a run that was hit, or None."""
    if toy.index() not in (toy.before, toy.after):
        return "the published index is neither the old one nor the new one"
    if run.returncode == -signal.SIGKILL and is_kill:
        return None
    if run.returncode != 0:
        if run.returncode not in DOCUMENTED:
            return f"exit code {run.returncode}"
        said = [line for line in run.stderr.splitlines() if line.startswith("pipeline: ")]
        if len(said) != 1 or "/" not in said[0]:
            return "no message of one line that names a path"
    elif toy.index() != toy.after:
        return "success, and other bytes"
    again = toy.run()
    if again.returncode != 0:
        return f"the next run ended with {again.returncode}: {again.stderr}"
    if toy.index() != toy.after:
        return "the next run gave other bytes"
    return None


def sweep(toy, call, error, forever, stride):
    """Every k until a run passes untouched; returns how many were hit."""
    codes = {}
    k = 1 - stride
    while True:
        k += stride
        toy.restore()
        mark = toy.folder / "mark"
        mark.unlink(missing_ok=True)
        number = error if error in ("short", "kill") else getattr(errno, error)
        faults = {"call": call, "at": k, "error": number, "mark": mark} | ({"ever": 1} if forever else {})
        try:
            run = toy.run(**faults)
        except subprocess.TimeoutExpired:
            return None, k, "no end within 600 s"
        if not mark.exists():
            return codes, sum(codes.values()), None
        problem = violation(toy, run, mark, error == "kill")
        if problem:
            return codes, k, f"{problem}\n{run.stderr}"
        codes[run.returncode] = codes.get(run.returncode, 0) + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pipeline", type=pathlib.Path, default=HERE / ".build/release/pipeline")
    parser.add_argument("--library", type=pathlib.Path, default=HERE / ".build/release/libCFaults.so")
    parser.add_argument("--calls", nargs="*", default=list(KINDS))
    parser.add_argument("--errors", nargs="*")
    parser.add_argument("--kills", action="store_true")
    parser.add_argument("--stride", type=int, default=1, help="only every so many k")
    options = parser.parse_args()
    toy = Toy(options)
    total = 0
    for call in options.calls:
        for error in ["kill"] if options.kills else options.errors or KINDS[call]:
            for forever in [False] if error in ("kill", "short", "EINTR") else [False, True]:
                codes, k, problem = sweep(toy, call, error, forever, options.stride)
                what = f"{call} {error} {'for ever' if forever else 'once'}"
                if problem:
                    sys.exit(f"{what}, call {k}: {problem}\nthe folder is {toy.folder}")
                total += k
                endings = ", ".join(f"{count} x {code}" for code, count in sorted(codes.items()))
                print(f"{what}: {k} calls, exit codes {endings}", flush=True)
    shutil.rmtree(toy.folder)
    print(f"{total} failures, every one survived: the next run gave the same bytes")


if __name__ == "__main__":
    main()
