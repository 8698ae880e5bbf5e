#!/usr/bin/env python3
"""How far `pipeline plan`'s forecast is from what `pipeline run` takes: time, disk and memory, by job and collection.

    scripts/measure_forecast.py FOLDER... [--jobs jobs/bm25.yaml jobs/msmarco.yaml] [--repeat 3]

A FOLDER holds collection.tsv, queries.tsv and qrels.trec, as jobs/msmarco.yaml wants them. Plans and runs alternate, and
the medians are compared; every run is a full one in a new folder. Time is that of the process from beginning to end,
memory its largest resident set, disk the index and the work folder when it has ended. Prints a Markdown table; fails
where an error is above --limit.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folders", nargs="+")
parser.add_argument("--jobs", nargs="+", default=["jobs/bm25.yaml", "jobs/msmarco.yaml"])
parser.add_argument("--pipeline", default=".build/release/pipeline")
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--limit", type=float, default=0.25, help="the largest error that is allowed, as a fraction")
options = parser.parse_args()


def run(words, environment):
    """Output, seconds and largest resident set (bytes) of a process."""
    begun = time.monotonic()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(words)} ended with {status}: {errors.decode()}")
    return output, time.monotonic() - begun, usage.ru_maxrss * 1024


def size(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names
               if not os.path.islink(os.path.join(path, name)))


worst = 0.0
print("| collection | job | what | forecast | run | error |")
print("|---|---|---|---:|---:|---:|")
for folder in options.folders:
    environment = dict(os.environ, MSMARCO=os.path.abspath(folder))
    for job in options.jobs:
        forecasts, runs = [], []
        for _ in range(options.repeat):
            with tempfile.TemporaryDirectory() as scratch:
                words = [options.pipeline, "plan", job, "--output", scratch + "/plan", "--json"]
                output, seconds, _ = run(words, environment)
                plan = json.loads(output)["forecast"]
                forecasts.append({"time": plan["seconds"], "index": plan["indexBytes"], "work": plan["workBytes"],
                                  "memory": plan["memoryBytes"], "planning": seconds})
                words = [options.pipeline, "run", job, "--output", scratch + "/run"]
                _, seconds, memory = run(words, environment)
                index = os.path.realpath(scratch + "/run/current")
                runs.append({"time": seconds, "index": size(index), "work": size(scratch + "/run/work"), "memory": memory})
        def median(values, key):
            return statistics.median(value[key] for value in values)
        name = os.path.basename(os.path.normpath(folder))
        for key, unit, scale in [("time", "s", 1), ("index", "MB", 1e6), ("work", "MB", 1e6), ("memory", "MB", 1e6)]:
            said, was = median(forecasts, key) / scale, median(runs, key) / scale
            error = said / was - 1
            worst = max(worst, abs(error))
            print(f"| {name} | {os.path.basename(job)} | {key} | {said:.2f} {unit} | {was:.2f} {unit} | {100 * error:+.0f} % |",
                  flush=True)
        print(f"| {name} | {os.path.basename(job)} | plan itself | {median(forecasts, 'planning'):.2f} s | | |", flush=True)
sys.exit(worst > options.limit)
