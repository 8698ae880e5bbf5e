#!/usr/bin/env python3
"""Compares bigrain with what users would pick instead: `make bench`, or `make bench-quick`.

Every row runs ours and the peer alternately in one run, on the same input with the same number of threads, and checks in
the same run that both give the same (ids, cosine, recall). Seconds depend on the machine and on what else it does;
ratios do much less: the table has the median of the ratios of neighbouring passes, with their range.

    python3 Benchmarks/bench.py [--row NAME]... [--passes 7] [--quick] [--collection FILE.tsv] [--json FILE]
                                [--table FILE.md] [--summary FILE.md]

`--table` puts the table between the markers `<!-- bench -->` and `<!-- /bench -->` of a file, `--summary` its ratios
alone. `--quick` makes fewer passes over less text and fails (exit code 1) if a ratio is below its floor in
Benchmarks/floors.json.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

# Threads of OpenMP (faiss, PyTorch) wait asleep: on a machine that does other things too, threads that spin wait for one
# another's turn, which made faiss up to four times slower. Set before anything loads OpenMP.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, HERE)


class Ours:
    """`bigrain-bench`, held ready: one pass for each `run()`."""

    def __init__(self, row, *options):
        binary = os.environ.get("BIGRAIN_BENCH_RUNNER") or os.path.join(ROOT, ".build", "release", "bigrain-bench")
        self.process = subprocess.Popen([binary, row, *map(str, options)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"bigrain-bench ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def run(self):
        return self.ask("run")

    def dump(self, path):
        self.ask("dump " + path)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(body):
    begun = time.perf_counter()
    result = body()
    return time.perf_counter() - begun, result


def alternate(ours, peer, passes):
    """Seconds of each pass: both once to warm up, then in turn."""
    ours(), peer()
    pairs = []
    for _ in range(passes):
        pairs.append((ours(), peer()))
    return pairs


def comparison(name, peer, unit, amount, pairs, goal, checked, peak=None, note=None):
    """One row of the result: rates in `unit` a second."""
    ratios = sorted(theirs / own for own, theirs in pairs)
    own, theirs = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return {
        "row": name, "peer": peer, "unit": unit, "ours_per_second": amount / own, "peer_per_second": amount / theirs,
        "ratio": statistics.median(ratios), "ratio_low": ratios[0], "ratio_high": ratios[-1], "goal": goal,
        "passes": len(pairs), "checked": checked, "share_of_peak": peak, "note": note,
    }


def peaks(threads, scratch):
    binary = os.environ.get("BIGRAIN_PEAK") or os.path.join(scratch, "peak")
    if not os.path.exists(binary):
        subprocess.run(["cc", "-O3", "-o", binary, os.path.join(HERE, "peak.c"), "-lpthread"],
                       check=True)
    return json.loads(subprocess.run([binary, str(threads)], check=True, capture_output=True).stdout)


def machine():
    name = platform.processor()
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    return {"processor": name, "cores": os.cpu_count(), "commit": commit.strip(), "date": time.strftime("%Y-%m-%d")}


def number(value):
    for bound, unit, suffix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= bound:
            return f"{value / unit:.3g} {suffix}"
    return f"{value:.0f}"


def table(results, about):
    lines = ["| work | peer | ours | peer's | ratio (range) | goal | of the peak | checked |", "|---|---|---|---|---|---|---|---|"]
    for r in results:
        if "skipped" in r:
            lines.append(f"| {r['row']} | | | | | | | not measured: {r['skipped']} |")
            continue
        peer_rate = number(r["peer_per_second"]) if r.get("peer_per_second") else ""
        ratio = f"{r['ratio']:.2f} ({r['ratio_low']:.2f}-{r['ratio_high']:.2f})" if r.get("ratio") else ""
        goal = r["goal"] if isinstance(r["goal"], str) else f"{r['goal']:g} x"
        share = f"{100 * r['share_of_peak']:.1f} %" if r.get("share_of_peak") else ""
        lines.append(
            f"| {r['row']} | {r['peer']} | {number(r['ours_per_second'])} {r['unit']}/s | {peer_rate} | {ratio} | {goal} "
            f"| {share} | {r['checked']} |")
    return "\n".join(lines + ["", origin(results, about)])


def summary(results, about):
    """What a reader wants to know first: how many times as fast as whom."""
    lines = ["| work | compared with | times as fast (range) | goal |", "|---|---|---|---|"]
    lines += [f"| {r['row']} | {r['peer']} | {r['ratio']:.2f} ({r['ratio_low']:.2f}-{r['ratio_high']:.2f}) | {r['goal']:g} |"
              for r in results if r.get("ratio")]
    return "\n".join(lines + ["", origin(results, about)])


def origin(results, about):
    return (f"{about['processor']}, {about['cores']} cores; commit {about['commit']}, {about['date']}; medians of "
            f"{max((r.get('passes', 0) for r in results), default=0)} alternations in one run.")


def put_table(path, text):
    with open(path, encoding="utf-8") as file:
        content = file.read()
    begin, end = "<!-- bench -->", "<!-- /bench -->"
    if begin not in content or end not in content:
        raise SystemExit(f"{path} has no {begin} ... {end}")
    before, rest = content.split(begin, 1)
    after = rest.split(end, 1)[1]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{begin}\n{text}\n{end}{after}")


def main():
    import rows
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--row", action="append", choices=[row.__name__ for row in rows.ALL])
    parser.add_argument("--passes", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--collection", default=os.environ.get("BIGRAIN_BENCH_COLLECTION"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json")
    parser.add_argument("--table")
    parser.add_argument("--summary")
    options = parser.parse_args()
    options.passes = options.passes or (3 if options.quick else 7)
    shared = os.environ.get("BIGRAIN_SHARED", os.path.join(ROOT, "..", "shared"))
    if not options.collection:
        real = os.path.join(shared, "data", "msmarco-dl19", "collection.tsv")
        options.collection = real if os.path.exists(real) else os.path.join(ROOT, "data", "sample", "collection.tsv")
    results, failures = [], []
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = scratch
        options.peaks = {n: peaks(n, scratch) for n in sorted({1, options.threads})}
        for row in rows.ALL:
            if row.__name__ not in options.row if options.row else options.quick and row not in rows.QUICK:
                continue
            begun = time.perf_counter()
            try:
                found = row(options)
            except (ImportError, rows.Skipped) as reason:
                found = {"row": row.__doc__.split("\n")[0].rstrip("."), "skipped": str(reason)}
            except SystemExit as failure:
                # The other rows are worth having; the run fails at its end.
                failures.append(str(failure))
                found = {"row": row.__doc__.split("\n")[0].rstrip("."), "skipped": f"failed: {failure}"}
            found = found if isinstance(found, list) else [found]
            results += found
            for result in found:
                print(json.dumps(result), file=sys.stderr, flush=True)
            print(f"{row.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    about = machine() | {"peaks": options.peaks, "collection": os.path.basename(os.path.dirname(options.collection))}
    text = table(results, about)
    print(text)
    if options.json:
        os.makedirs(os.path.dirname(os.path.abspath(options.json)), exist_ok=True)
        with open(options.json, "w") as file:
            json.dump({"machine": about, "results": results}, file, indent=1)
    if options.table:
        put_table(options.table, text)
    if options.summary:
        put_table(options.summary, summary(results, about))
    if options.quick:
        with open(os.path.join(HERE, "floors.json")) as file:
            floors = json.load(file)
        failures += [f"slower than it was: {r['row']}, {r['ratio']:.2f} x, floor {floors[r['row']]}"
                     for r in results if r.get("ratio") and r["ratio"] < floors.get(r["row"], 0)]
    for failure in failures:
        print(failure, file=sys.stderr)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
