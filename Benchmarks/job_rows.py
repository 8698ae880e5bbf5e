"""Rows about what comes after the encoders, and about a whole job."""
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np

from bench import ROOT, Ours, comparison, timed
from encoder_rows import MINILM, SPLADE, encode, found, sample
from skipped import Skipped


def quantizer(options):
    """OPQ96 + PQ96x8, training and coding."""
    import faiss
    folder = found(MINILM)
    # faiss takes more than a minute for 4,000.
    count = 2500 if options.quick else 5000
    # The vectors take a minute and depend on nothing that changes.
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "bigrain-bench")
    os.makedirs(cache, exist_ok=True)
    path = os.path.join(cache, f"{os.path.basename(os.path.dirname(options.collection))}-minilm-{count}")
    if not os.path.exists(path):
        texts, _ = sample(options, count)
        encoder = encode(options, folder, texts, "dense", "int8")
        encoder.run()
        encoder.dump(path + ".tmp")
        encoder.close()
        os.replace(path + ".tmp", path)
    vectors = np.fromfile(path, "<f4").reshape(-1, 384)
    # Errors are of vectors that nobody learnt from: of the others a codebook can know each by heart.
    held, vectors = vectors[::5].copy(), np.delete(vectors, np.s_[::5], 0)
    count = len(vectors)
    learnt, judged = (os.path.join(options.scratch, name) for name in ("learnt", "held"))
    vectors.tofile(learnt), held.tofile(judged)
    ours = Ours("quantize", "--input", learnt, "--held", judged, "--dimension", 384, "--parts", 96, "--bits", 8, "--threads",
                options.threads)
    faiss.omp_set_num_threads(options.threads)
    last = {}

    def theirs():
        rotation, coder = faiss.OPQMatrix(384, 96), faiss.ProductQuantizer(384, 96, 8)
        # As it makes one itself, but silent about samples that it finds small.
        rotation.pq = trained = faiss.ProductQuantizer(384, 96, 8)
        trained.cp.min_points_per_centroid = coder.cp.min_points_per_centroid = 1

        def body():
            rotation.train(vectors)
            rotated = rotation.apply(vectors)
            coder.train(rotated)
            coder.compute_codes(rotated)

        seconds, _ = timed(body)
        turned = rotation.apply(held)
        last["error"] = float(((turned - coder.decode(coder.compute_codes(turned))) ** 2).sum(1).mean())
        return seconds

    def own():
        counts = ours.run()
        last["ours"] = counts
        return counts["seconds"]

    # Neither gains by a pass to warm up, which would take as long as one that counts.
    pairs = [(own(), theirs()) for _ in range(min(options.passes, 5))]
    ours.close()
    ratio = last["ours"]["error"] / last["error"]
    if ratio > 1.01:
        raise SystemExit(f"quantizer: our reconstruction error is {ratio:.3f} of faiss's")
    return comparison(f"OPQ96, PQ96x8: training on {count} vectors of 384 and coding them, {options.threads} threads",
                      f"faiss {faiss.__version__}", "vectors", count, pairs, 5,
                      f"reconstruction error of {len(held)} other vectors {ratio:.3f} of faiss's; training "
                      f"{last['ours']['training']:.2f} s, coding {last['ours']['coding']:.3f} s")


JOB = """stages:
  passages: {use: read, format: msmarco-tsv, input: $collection, chunk: 64KiB}
  weights: {use: encode.splade, from: passages, model: $splade, precision: int8}
  range: {use: fit.impactRange, from: weights}
  impacts: {use: quantize.impacts, from: weights, range: range, bits: 8, rounding: half-even}
  vectors: {use: encode.dense, from: passages, model: $dense, precision: int8}
  index: {use: shard, documents: passages, sparse: impacts, dense: vectors, vectors: f16}
"""


def kernels():
    """Names of the functions of the encoders' kernels: what is defined in CKernels/math."""
    folder = os.path.join(ROOT, ".build", "release", "CKernels.build", "math")
    if not os.path.isdir(folder):
        raise Skipped(f"there is no {folder}, which names the kernels' functions")
    objects = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".o")]
    lines = subprocess.run(["nm", *objects], check=True, capture_output=True, text=True).stdout.split("\n")
    return {line.split()[2] for line in lines if len(line.split()) == 3 and line.split()[1] in "tT"}


def share_in_kernels(data, report):
    """Share of the samples whose function is a kernel; `report` gets the heaviest of the others."""
    names = kernels()
    text = subprocess.run(["perf", "report", "-i", data, "--stdio", "--no-children", "-g", "none", "--sort", "symbol"],
                          check=True, capture_output=True, text=True).stdout
    inside, others = 0.0, []
    for line in text.split("\n"):
        words = line.split()
        if len(words) < 3 or not words[0].endswith("%"):
            continue
        percent, name = float(words[0][:-1]), words[2]
        # The compiler makes parts of functions of their own.
        if name.split(".")[0] in names or name in names:
            inside += percent
        else:
            others.append(f"{percent:.1f} % {name[:60]}")
    report += others[:8]
    return inside / 100


# A process begins with the peak of the one that starts it, and the rows before leave this one large: so a small one starts it.
LAUNCHER = """
import os, resource, subprocess, sys, time
begun = time.perf_counter()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def whole_job(options):
    """Whole job, text to published bi-granular index."""
    models = {"splade": found(SPLADE), "dense": found(MINILM)}
    count = 500 if options.quick else int(os.environ.get("BIGRAIN_BENCH_JOB", 4000))
    collection, _ = sample(options, count)
    folder = os.path.join(options.scratch, "job")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "pipeline.yaml"), "w") as file:
        file.write(JOB)
    with open(os.path.join(folder, "job.yaml"), "w") as file:
        file.write(f"pipeline: pipeline.yaml\ninputs: {{collection: {collection}}}\nmodels: {json.dumps(models)}\n"
                   f"output: out\nbudget: {{workers: {options.threads}, memory: 1GiB}}\n")
    pipeline = os.path.join(ROOT, ".build", "release", "pipeline")

    def run(*before):
        """Seconds, and the peak of the process in MiB."""
        shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
        result = subprocess.run([sys.executable, "-c", LAUNCHER, *before, pipeline, "run", os.path.join(folder, "job.yaml")],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if result.returncode != 0:
            raise SystemExit(f"whole_job: {result.stderr[-500:]}")
        seconds, kilobytes = result.stdout.split()
        return float(seconds), int(kilobytes) / 1024

    seconds, peak = run()
    if peak > 1024:
        print(f"whole_job: peak memory {peak:.0f} MiB is above 1 GiB", flush=True)
    others, share = [], None
    if shutil.which("perf"):
        data = os.path.join(options.scratch, "perf.data")
        run("perf", "record", "-q", "-e", "cpu-clock", "-F", "199", "-o", data, "--")
        share = share_in_kernels(data, others)
    measured = f"{100 * share:.1f} % of processor time in encoder kernels" if share is not None else "perf is not here"
    return {"row": f"whole job, {count} passages of {os.path.basename(os.path.dirname(options.collection))}, "
                   f"{MINILM} int8 and SPLADE-tiny int8, {options.threads} workers",
            "peer": "(a goal of its own)", "unit": "passages", "ours_per_second": count / seconds,
            "peer_per_second": None, "ratio": None, "goal": "90 % of the time in kernels, peak memory 1 GiB",
            "passes": 1, "checked": f"{measured}; peak memory {peak:.0f} MiB", "share_of_peak": None,
            "share_in_kernels": share, "peak_mib": peak, "others": others}


ALL = [quantizer, whole_job]
