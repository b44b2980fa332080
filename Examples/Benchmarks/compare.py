"""One predictor step and one encoding, side by side: this engine, PyTorch, ONNX Runtime and OpenVINO, on identical weights and inputs.

    swift build -c release --product BenchmarkRunner
    python Examples/Benchmarks/compare.py --threads 2 --size 256

Every contender is a process of its own that waits for its turn; the turns are interleaved and medians are reported, so that what else the machine
does hits all of them alike. Times are wall-clock milliseconds. `--cpu` compares processor time on one thread instead, which is fairer on a machine
that is shared. Contenders whose packages are missing are left out, and said. Needs numpy and torch; onnxruntime, onnx and openvino if they are to
take part.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--size", type=int, default=256, help="side of the super-resolved image")
    p.add_argument("--scale", type=int, default=4)
    p.add_argument("--dim", type=int, default=64)
    p.add_argument("--batch", type=int, default=1, help="samples per step; they share one condition")
    p.add_argument("--features", type=int, default=32)
    p.add_argument("--blocks", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=9)
    p.add_argument("--only", help="comma-separated contenders")
    p.add_argument("--cpu", action="store_true", help="processor time, one thread")
    p.add_argument("--json", help="write the figures here as well")
    p.add_argument("--worker", help=argparse.SUPPRESS)
    return p.parse_args()


# What a worker does: build the network, then answer "step" and "encode" with milliseconds.


def network(a):
    import torch

    path = ROOT / "Tests/DiffusionTests/Network/network_reference.py"
    spec = importlib.util.spec_from_file_location("network_reference", path)
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    model = reference.SRDiff(a.scale, a.features, a.blocks, a.dim).eval()
    reference.fill(model)
    side = a.size // a.scale
    lr = torch.from_numpy(reference.hashed("lr", side * side)).reshape(1, 1, side, side)
    x = torch.from_numpy(reference.hashed("x_t", a.batch * a.size**2)).reshape(a.batch, 1, a.size, a.size)
    t = torch.tensor([(37 * i + 50) % 100 for i in range(a.batch)])
    return model, lr, x, t


def functions(a):
    """(step, encode) of the contender a.worker; each takes nothing and computes everything."""
    import torch

    torch.set_num_threads(a.threads)
    torch.set_grad_enabled(False)
    model, lr, x, t = network(a)

    class Encode(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rrdb, self.cond_proj = model.rrdb, model.denoise_fn.cond_proj

        def forward(self, lr):
            return self.cond_proj(features(self.rrdb, lr))

    predictor, encoder = model.denoise_fn, Encode()
    condition = encoder(lr)
    kind, _, precision = a.worker.partition("-")
    if kind == "torch":
        if precision.startswith("compiled"):
            model.to(memory_format=torch.channels_last)
            x, lr, condition = (v.contiguous(memory_format=torch.channels_last) for v in (x, lr, condition))
            predictor, encoder = torch.compile(predictor), torch.compile(encoder)
        half = torch.autocast("cpu", torch.bfloat16, enabled=precision.endswith("bf16"))

        def call(f, *arguments):
            with half:
                return f(*arguments)

        return lambda: call(predictor, x, t, condition), lambda: call(encoder, lr)
    if kind == "onnxruntime":
        import onnxruntime

        def session(f, arguments, names):
            with tempfile.TemporaryDirectory() as folder:
                path = folder + "/model.onnx"
                torch.onnx.export(f, arguments, path, input_names=names, opset_version=18, dynamo=False)
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = a.threads
                s = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            feed = {i.name: v.numpy() for i, v in zip(s.get_inputs(), arguments)}
            return lambda: s.run(None, feed)

        return session(predictor, (x, t, condition), ["x", "t", "cond"]), session(encoder, (lr,), ["lr"])
    if kind == "openvino":
        import openvino

        def request(f, arguments):
            converted = openvino.convert_model(f, example_input=arguments)
            converted.reshape({i: list(v.shape) for i, v in enumerate(arguments)})
            settings = {"INFERENCE_NUM_THREADS": a.threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
            # OpenVINO 2026.4 fails on Mish with fixed shapes ("Supported precisions set is not available for Mish") unless its snippets are
            # off; so it is as fast as with dynamic shapes or faster.
            settings["SNIPPETS_MODE"] = "DISABLE"
            compiled = openvino.Core().compile_model(converted, "CPU", settings)
            r, feed = compiled.create_infer_request(), [v.numpy() for v in arguments]
            return lambda: r.infer(feed)

        return request(predictor, (x, t, condition)), request(encoder, (lr,))
    raise SystemExit(f"unknown contender {a.worker}")


def features(rrdb, lr):
    """The encoder's condition without the head, which nobody needs here."""
    first = x = rrdb.conv_first((lr + 1) / 2)
    maps = []
    for block in rrdb.RRDB_trunk:
        x = block(x)
        maps.append(x)
    maps.append(first + rrdb.trunk_conv(x))
    import torch

    return torch.cat(maps[2::3], 1)


def work(a):
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever the libraries print goes to standard error
    step, encode = functions(a)
    clock = time.process_time if a.cpu else time.perf_counter
    for f in (step, encode):
        f(), f()
    print("ready", file=channel)
    for line in sys.stdin:
        f = {"step": step, "encode": encode}.get(line.strip())
        if f is None:
            return
        start = clock()
        f()
        print((clock() - start) * 1e3, file=channel)


# What the script itself does: give the turns.


class Contender:
    def __init__(self, name, command, prefix=""):
        self.name, self.prefix = name, prefix
        environment = dict(os.environ, OMP_WAIT_POLICY="PASSIVE", OMP_NUM_THREADS=str(ARGUMENTS.threads))
        log = subprocess.DEVNULL if not os.environ.get("BENCHMARK_LOG") else None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        self.times = {"step": [], "encode": []}

    def ready(self):
        return self.process.stdout.readline().strip() == "ready"

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def turn(self, what):
        self.times[what].append(float(self.ask(self.prefix + what)))


def accuracy(ours):
    """The largest error of ε and of the condition against float64, relative to the largest magnitude."""
    import numpy
    import torch

    model, lr, x, t = network(ARGUMENTS)
    model = model.double()
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        condition = model.denoise_fn.cond_proj(features(model.rrdb, lr.double()))
        epsilon = model.denoise_fn(x.double(), t, condition)
        ours.ask("dump " + folder)
        errors = {}
        for name, expected in (("condition", condition), ("epsilon", epsilon)):
            found = numpy.fromfile(f"{folder}/{name}", dtype=numpy.float32).astype(float)
            expected = expected.numpy().ravel()
            errors[name] = float(abs(found - expected).max() / abs(expected).max())
    return errors


def main():
    names = ["engine", "engine-openblas", "torch-eager", "torch-compiled", "torch-compiled-bf16", "onnxruntime", "openvino-f32", "openvino-bf16"]
    chosen = ARGUMENTS.only.split(",") if ARGUMENTS.only else names
    if ARGUMENTS.cpu:
        ARGUMENTS.threads = 1
    shape = [f"--{k}={getattr(ARGUMENTS, k)}" for k in ("size", "scale", "dim", "batch", "features", "blocks", "threads")]
    contenders = []
    for name in chosen:
        if name.startswith("engine"):
            runner = [str(ROOT / ".build/release/BenchmarkRunner")] + " ".join(shape).replace("=", " ").split()
            command = runner + (["--products", "openBLAS"] if name.endswith("openblas") else [])
        else:
            command = [sys.executable, __file__, "--worker", name] + shape + (["--cpu"] if ARGUMENTS.cpu else [])
        contender = Contender(name, command, "cpu " if ARGUMENTS.cpu and name.startswith("engine") else "")
        if contender.ready():
            contenders.append(contender)
        else:
            print(f"{name} does not take part (set BENCHMARK_LOG=1 to see why)", file=sys.stderr)
    for round in range(ARGUMENTS.rounds):
        for what in ("step", "encode"):
            for contender in contenders:
                contender.turn(what)
    results = {c.name: {k: statistics.median(v) for k, v in c.times.items()} for c in contenders}
    mine = results.get("engine")
    unit = "processor time, 1 thread" if ARGUMENTS.cpu else f"wall-clock, {ARGUMENTS.threads} threads"
    print(f"{ARGUMENTS.size}×{ARGUMENTS.size}, ×{ARGUMENTS.scale}, dim {ARGUMENTS.dim}, batch {ARGUMENTS.batch}; medians of {ARGUMENTS.rounds}, {unit}\n")
    print("| | step, ms | engine / it | encoding, ms | engine / it |\n|---|---|---|---|---|")
    for name, r in results.items():
        ratio = [f"{mine[k] / r[k]:.2f}" if mine else "" for k in ("step", "encode")]
        print(f"| {name} | {r['step']:.0f} | {ratio[0]} | {r['encode']:.1f} | {ratio[1]} |")
    ours = next((c for c in contenders if c.name == "engine"), None)
    if ours:
        errors = accuracy(ours)
        print("\nlargest error against float64, relative to the largest magnitude:", ", ".join(f"{k} {v:.1e}" for k, v in errors.items()))
        results["accuracy"] = errors
        results["information"] = json.loads(ours.ask("information"))
    if ARGUMENTS.json:
        pathlib.Path(ARGUMENTS.json).write_text(json.dumps(results, indent=2) + "\n")
    for c in contenders:
        c.process.stdin.close()


ARGUMENTS = parse()
if __name__ == "__main__":
    work(ARGUMENTS) if ARGUMENTS.worker else main()
