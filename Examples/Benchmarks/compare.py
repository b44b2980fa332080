"""One predictor step and one encoding, side by side: this engine, PyTorch, ONNX Runtime and OpenVINO, on identical weights and inputs.

    swift build -c release --product BenchmarkRunner
    python3 -m venv VENV && VENV/bin/pip install -r Examples/Benchmarks/requirements.txt
    VENV/bin/python Examples/Benchmarks/compare.py --markdown comparison.md --json comparison.json

Every contender is a process of its own that waits for its turn; the turns are interleaved and medians are reported, so that what else the machine
does hits all of them alike. Times are wall-clock milliseconds on --threads threads and want an idle machine: how busy it was is reported. `--cpu`
compares processor time on one thread instead, which is fairer on a machine that is shared. All of it ends within --minutes; a contender that is not
ready by then, or whose package is missing, is left out, and said. Needs a C++ compiler for PyTorch's compiled contenders.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import platform
import select
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
    p.add_argument("--batches", default="4,8", help="batches of which the engine's step is timed as well; empty for none")
    p.add_argument("--minutes", type=float, default=6, help="everything ends within this time")
    p.add_argument("--json", help="write the figures here as well")
    p.add_argument("--markdown", help="write the tables here as well")
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
    """(step, encode, version, note) of the contender a.worker; step and encode take nothing and compute everything."""
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

        has_bf16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        note = "" if not precision.endswith("bf16") or has_bf16 else "no bf16 arithmetic in this CPU"
        return lambda: call(predictor, x, t, condition), lambda: call(encoder, lr), f"torch {torch.__version__}", note
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

        step = session(predictor, (x, t, condition), ["x", "t", "cond"])
        return step, session(encoder, (lr,), ["lr"]), f"onnxruntime {onnxruntime.__version__}", ""
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
            used.append(compiled.get_property("INFERENCE_PRECISION_HINT").to_string())
            return lambda: r.infer(feed)

        used = []
        step, encode = request(predictor, (x, t, condition)), request(encoder, (lr,))
        version = openvino.__version__.split("-")[0]
        return step, encode, f"openvino {version}", "" if used[0] == precision else f"runs in {used[0]}: this CPU has no {precision}"
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
    step, encode, version, note = functions(a)
    clock = time.process_time if a.cpu else time.perf_counter
    for f in (step, encode):
        f(), f()
    print("ready", file=channel)
    for line in sys.stdin:
        word = line.strip()
        if word == "information":
            print(json.dumps({"version": version, "note": note}), file=channel)
            continue
        f = {"step": step, "encode": encode}.get(word)
        if f is None:
            return
        start = clock()
        f()
        print((clock() - start) * 1e3, file=channel)


# What the script itself does: give the turns.


class Contender:
    def __init__(self, name, command, prefix=""):
        self.name, self.prefix, self.pending = name, prefix, b""
        environment = dict(os.environ, OMP_WAIT_POLICY="PASSIVE", OMP_NUM_THREADS=str(ARGUMENTS.threads))
        log = subprocess.DEVNULL if not os.environ.get("BENCHMARK_LOG") else None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment)
        self.times = {"step": [], "encode": []}

    def line(self, deadline):
        """The next line of its output; None when it has ended or the time is over."""
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            read = os.read(self.process.stdout.fileno(), 65536)
            if not read:
                return None
            self.pending += read
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode().strip()

    def ready(self, deadline):
        return self.line(deadline) == "ready"

    def ask(self, command, deadline):
        try:
            self.process.stdin.write((command + "\n").encode())
            self.process.stdin.flush()
        except OSError:
            return None
        return self.line(deadline)

    def turn(self, what, deadline):
        answer = self.ask(self.prefix + what, deadline)
        if answer is None:
            return False
        self.times[what].append(float(answer))
        return True

    def end(self):
        self.process.kill()
        self.process.wait()


def accuracy(ours):
    """The largest error of ε and of the condition against float64, relative to the largest magnitude."""
    import numpy
    import torch

    model, lr, x, t = network(ARGUMENTS)
    model = model.double()
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        condition = model.denoise_fn.cond_proj(features(model.rrdb, lr.double()))
        epsilon = model.denoise_fn(x.double(), t, condition)
        ours.ask("dump " + folder, time.monotonic() + 60)
        errors = {}
        for name, expected in (("condition", condition), ("epsilon", epsilon)):
            found = numpy.fromfile(f"{folder}/{name}", dtype=numpy.float32).astype(float)
            expected = expected.numpy().ravel()
            errors[name] = float(abs(found - expected).max() / abs(expected).max())
    return errors


def processor():
    """The CPU's name as the system gives it."""
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def others_share(before, after):
    """The share of all processors' time that went to anybody but us and idleness, between two readings of /proc/stat and of our own."""
    (busy0, all0, own0), (busy1, all1, own1) = before, after
    return max(0.0, (busy1 - busy0 - (own1 - own0)) / max(all1 - all0, 1e-9))


def processor_time(processes):
    """Busy and total seconds of all processors since the start, and our processes' seconds."""
    tick = os.sysconf("SC_CLK_TCK")
    fields = [int(v) / tick for v in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    own = sum(os.times()[:2])
    for process in processes:
        try:
            stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            own += (int(stat[11]) + int(stat[12])) / tick
        except (OSError, IndexError):
            pass
    return sum(fields) - fields[3] - fields[4], sum(fields), own


NAMES = ["engine", "engine-openblas", "torch-eager", "torch-compiled", "torch-compiled-bf16", "onnxruntime", "openvino-f32", "openvino-bf16"]


def command(name, batch):
    """What starts a contender."""
    shape = [f"--{k}={getattr(ARGUMENTS, k)}" for k in ("size", "scale", "dim", "features", "blocks", "threads")] + [f"--batch={batch}"]
    if not name.startswith("engine"):
        return [sys.executable, __file__, "--worker", name] + shape + (["--cpu"] if ARGUMENTS.cpu else [])
    runner = [str(ROOT / ".build/release/BenchmarkRunner")] + " ".join(shape).replace("=", " ").split()
    return runner + (["--products", "openBLAS"] if name.endswith("openblas") else [])


def main():
    deadline = time.monotonic() + 60 * ARGUMENTS.minutes
    if ARGUMENTS.cpu:
        ARGUMENTS.threads = 1
    if not (ROOT / ".build/release/BenchmarkRunner").exists():
        raise SystemExit("The engine is not built: swift build -c release --product BenchmarkRunner")
    chosen = ARGUMENTS.only.split(",") if ARGUMENTS.only else NAMES
    unknown = [n for n in chosen if n not in NAMES]
    if unknown:
        raise SystemExit(f"unknown contenders {', '.join(unknown)}; there are {', '.join(NAMES)}")
    batches = [int(b) for b in ARGUMENTS.batches.split(",") if b] if "engine" in chosen else []
    wanted = [(name, ARGUMENTS.batch) for name in chosen] + [("engine", b) for b in batches]
    # All get ready at once; a quarter of the time is kept for the turns.
    ready_by = deadline - 15 * ARGUMENTS.minutes
    started = []
    contenders, left_out = [], []
    try:
        for name, batch in wanted:
            label = name if batch == ARGUMENTS.batch else f"{name}, batch {batch}"
            prefix = "cpu " if ARGUMENTS.cpu and name.startswith("engine") else ""
            contender = Contender(label, command(name, batch), prefix)
            contender.items = batch
            started.append(contender)
        for contender in started:
            if contender.ready(ready_by):
                contenders.append(contender)
            else:
                left_out.append(contender.name)
                contender.end()
                print(f"{contender.name} does not take part (set BENCHMARK_LOG=1 to see why)", file=sys.stderr)
        report(contenders, left_out, deadline)
    finally:
        for contender in started:
            contender.end()


def report(contenders, left_out, deadline):
    for c in contenders:  # what was paged out while others got ready comes back
        for what in ("step", "encode"):
            c.ask(c.prefix + what, deadline)
    processes = [c.process for c in contenders]
    before, rounds = processor_time(processes), 0
    longest = 0.0
    # Every round is whole; the last one must end in time, with ten seconds to spare for the check of accuracy.
    while rounds < ARGUMENTS.rounds and (rounds == 0 or time.monotonic() + longest + 10 < deadline):
        start = time.monotonic()
        for what in ("step", "encode"):
            for c in list(contenders):
                if what == "encode" and c.items != ARGUMENTS.batch:
                    continue
                if not c.turn(what, deadline):
                    print(f"{c.name} stopped answering and is left out", file=sys.stderr)
                    left_out.append(c.name)
                    contenders.remove(c)
        longest = max(longest, time.monotonic() - start)
        rounds += 1
    busy = others_share(before, processor_time(processes))
    table = [c for c in contenders if c.items == ARGUMENTS.batch]
    results = {c.name: {k: statistics.median(v) for k, v in c.times.items()} for c in table}
    mine = results.get("engine")
    ours = next((c for c in table if c.name == "engine"), None)
    unit = "processor time, 1 thread" if ARGUMENTS.cpu else f"wall-clock, {ARGUMENTS.threads} threads"
    lines = [
        f"{ARGUMENTS.size}×{ARGUMENTS.size}, ×{ARGUMENTS.scale}, dim {ARGUMENTS.dim}, batch {ARGUMENTS.batch}; medians of {rounds}, {unit}; "
        f"{processor()}, {os.cpu_count()} cores; other work took {busy:.0%} of the processors", "",
        "| | step, ms | engine / it | encoding, ms | engine / it | |", "|---|---|---|---|---|---|",
    ]
    facts = {}
    for c in table:
        r = results[c.name]
        ratio = [f"{mine[k] / r[k]:.2f}" if mine else "" for k in ("step", "encode")]
        answer = json.loads(c.ask("information", deadline) or "{}")
        facts[c.name] = answer
        said = ", ".join(v for v in (answer.get("version"), answer.get("note")) if v)
        if c.name.startswith("engine"):
            said = f"{answer.get('kernels')}, products {answer.get('products')}, OpenBLAS for {answer.get('openBLASCore')}"
        lines.append(f"| {c.name} | {r['step']:.0f} | {ratio[0]} | {r['encode']:.1f} | {ratio[1]} | {said} |")
    if left_out:
        lines += ["", "Left out: " + ", ".join(left_out) + "."]
    per_item = {c.items: statistics.median(c.times["step"]) / c.items for c in contenders if c.name.startswith("engine") and "openblas" not in c.name}
    if len(per_item) > 1:
        lines += ["", "Engine, milliseconds per item: " + ", ".join(f"batch {b} {t:.0f}" for b, t in sorted(per_item.items())) + "."]
    errors = {}
    if ours:
        errors = accuracy(ours)
        text = ", ".join(f"{k} {v:.1e}" for k, v in errors.items())
        lines += ["", f"Engine, largest error against float64, relative to the largest magnitude: {text}."]
    print("\n".join(lines))
    if ARGUMENTS.markdown:
        pathlib.Path(ARGUMENTS.markdown).write_text("\n".join(lines) + "\n")
    if ARGUMENTS.json:
        keys = ("size", "scale", "dim", "batch", "features", "blocks", "threads", "cpu")
        whole = {
            "settings": {k: getattr(ARGUMENTS, k) for k in keys}, "rounds": rounds, "processor": processor(), "cores": os.cpu_count(),
            "sharedWithOthers": busy, "milliseconds": results, "allTurns": {c.name: c.times for c in contenders}, "facts": facts,
            "leftOut": left_out, "engineMillisecondsPerItem": per_item, "accuracy": errors,
        }
        pathlib.Path(ARGUMENTS.json).write_text(json.dumps(whole, indent=2) + "\n")
    if len(table) < 2:
        raise SystemExit("There is nothing to compare: give it more --minutes or a less busy machine.")


ARGUMENTS = parse()
if __name__ == "__main__":
    work(ARGUMENTS) if ARGUMENTS.worker else main()
