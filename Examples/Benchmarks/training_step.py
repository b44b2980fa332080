#!/usr/bin/env python3
"""One training update here and in eager PyTorch (float32, NCHW), in one run, round by round in turn.

    python Examples/Benchmarks/training_step.py .build/release/TrainingBenchmark [--rounds 7]

An update is: encoder forward (frozen), predictor forward and backward, L1, clipping by norm, Adam, moving average; ×2, encoder 32/5, mults 1,2,2,4. Prints the
medians, of the clock's time and of the processor's (which other programs on the machine disturb less), and the peak memory of each process. Needs PyTorch.

PyTorch's threads wait for each other in a loop, which counts as processor time where other programs run beside them: OMP_WAIT_POLICY=passive makes them
sleep, for the comparison by the processor's time on a busy machine.
"""

import argparse
import copy
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Reference"))
from srdiff_reference import SRDiff  # noqa: E402


class Round:
    def __init__(self, dim, batch, patch):
        self.model = SRDiff(scale=2, nf=32, nb=5, dim=dim)
        # PyTorch's own Mish is faster than the reference's spelled-out one: compare with the better.
        for module in list(self.model.modules()):
            for name, child in module.named_children():
                if type(child).__name__ == "Mish":
                    setattr(module, name, torch.nn.Mish())
        self.average = copy.deepcopy(self.model.denoise_fn)
        self.parameters = list(self.model.denoise_fn.parameters())
        self.optimiser = torch.optim.Adam(self.parameters, 1e-4, fused=True)
        self.low = torch.rand(batch, 1, patch // 2, patch // 2) * 2 - 1
        self.noisy = torch.rand(batch, 1, patch, patch) * 2 - 1
        self.target = torch.rand(batch, 1, patch, patch) * 2 - 1
        self.t = torch.arange(batch) * 7 % 100

    def update(self):
        start = time.perf_counter()
        with torch.no_grad():
            features = torch.cat(self.model.rrdb.features(self.low)[2::3], 1)
        condition = self.model.denoise_fn.cond_proj(features)
        prediction = self.model.denoise_fn(self.noisy, self.t, condition)
        self.optimiser.zero_grad()
        torch.nn.functional.l1_loss(prediction, self.target).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), self.parameters, 0.001)
        return time.perf_counter() - start


def processor_seconds(pid):
    """User and system time of all threads of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dims", type=int, nargs="+", default=[32, 64])
    args = parser.parse_args()
    torch.set_num_threads(2)
    for dim in args.dims:
        key = f"{dim} 16 64\n"
        ours = subprocess.Popen([args.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        theirs = Round(dim, 16, 64)
        times, work, memory = ([], []), ([], []), 0
        for k in range(args.rounds + 1):
            before = processor_seconds(ours.pid)
            ours.stdin.write(key)
            ours.stdin.flush()
            seconds, memory = ours.stdout.readline().split()
            here, before = processor_seconds(ours.pid) - before, processor_seconds("self")
            other = theirs.update()
            if k:  # the first round warms both up
                times[0].append(float(seconds))
                times[1].append(other)
                work[0].append(here)
                work[1].append(processor_seconds("self") - before)
        ours.stdin.close()
        ours.wait()
        a, b = (statistics.median(t) for t in times)
        p, q = (statistics.median(t) for t in work)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"dim {dim}: here {a * 1e3:.0f} ms, PyTorch {b * 1e3:.0f} ms, ratio {a / b:.3f}; "
              f"processor {p:.2f} s and {q:.2f} s, ratio {p / q:.3f}; "
              f"peak memory here {memory} MB, PyTorch {peak} MB")


if __name__ == "__main__":
    main()
