#!/usr/bin/env python3
"""The whole command on a volume: where its time goes, whether cost is linear in slices and samples, and the peak of its memory.

    swift build -c release --product residua
    python3 Examples/Benchmarks/whole_volume.py "$RESIDUA_DATA"/mri/validation/sub-*/anat/*.nii.gz [--slices 4] [--json FILE]

Times come from the sidecar that every output has, for slices from the middle of the volume at default settings. With --all, the whole volume. Linearity and
memory take few steps, since a step is like another: memory is measured on synthetic volumes of the --sizes, with one and with three slices.
Needs nothing but Python. Ratios of processor time are given where other work may disturb.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("volume", help="a NIfTI-1 volume, slices along its third axis")
    p.add_argument("--slices", type=int, default=4, help="slices that are taken at default settings")
    p.add_argument("--all", action="store_true", help="all slices")
    p.add_argument("--only", default="split,linear,background,memory", help="which of them")
    p.add_argument("--sizes", default="256,512,1024", help="sides of the output for which memory is measured")
    p.add_argument("--turns", type=int, default=3, help="interleaved turns of linear and background, of which medians are taken")
    p.add_argument("--threads", type=int)
    p.add_argument("--program", default=str(ROOT / ".build/release/residua"))
    p.add_argument("--json", help="write the figures here as well")
    return p.parse_args()


def content(path):
    """The bytes of a NIfTI-1 file."""
    data = pathlib.Path(path).read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    if struct.unpack("<i", data[:4])[0] != 348:
        raise SystemExit(f"{path}: not a little-endian NIfTI-1 file. Convert it first.")
    return data


def middle(data, count):
    """The same volume with `count` slices from its middle; their place in space does not matter here."""
    dim = list(struct.unpack("<8h", data[40:56]))
    bits, = struct.unpack("<h", data[72:74])
    start = int(struct.unpack("<f", data[108:112])[0])
    size = dim[1] * dim[2] * bits // 8
    first = max(0, (dim[3] - count) // 2)
    dim[3], dim[4] = min(count, dim[3]), 1
    header = data[:40] + struct.pack("<8h", *dim) + data[56:start]
    return header + data[start + first * size : start + (first + dim[3]) * size]


def synthetic(side, slices):
    """A disc with stripes, int16, 1 × 1 × 2 mm."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, side, side, slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 2, 1, 1, 1, 1)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    struct.pack_into("<B", header, 123, 2)
    struct.pack_into("<2h", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0)
    header[344:348] = b"n+1\0"
    half = side / 2
    row = lambda y: [600 + 150 * ((x // 2 + y // 3) % 3) if (x - half) ** 2 + (y - half) ** 2 < 0.8 * half**2 else 0 for x in range(side)]
    plane = b"".join(struct.pack(f"<{side}h", *row(y)) for y in range(side))
    return bytes(header) + plane * slices


def upscale(a, data, *options):
    """Runs the command: its timings, processor seconds and peak of resident memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "in.nii"
        source.write_bytes(data)
        command = [a.program, "upscale", str(source), folder + "/out.nii.gz", "--uncertainty", folder + "/sigma.nii.gz", "--quiet", *options]
        if a.threads:
            command += ["--threads", str(a.threads)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        record = json.loads((pathlib.Path(folder) / "out.json").read_text())["Residua"]
    return {"timings": record["timings"], "settings": record["settings"], "size": record["output"]["size"],
            "processor": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024}


def split(a, whole):
    count = 10**6 if a.all else a.slices
    r = upscale(a, middle(whole, count))
    t, s = r["timings"], r["settings"]
    network = (t["encode"] + t["sample"]) / t["total"]
    rest = t["total"] - sum(t[k] for k in ("statistics", "read", "encode", "sample", "write"))
    size = " × ".join(map(str, r["size"]))
    print(f"\nOutput {size}, {s['samples']} samples, {s['steps']} steps of {s['sampler']}: {t['total']:.1f} s, {network:.1%} in the network\n")
    print("| statistics | read | encode | sample | write | the rest |\n|---|---|---|---|---|---|")
    print("| " + " | ".join(f"{t[k]:.2f} s" for k in ("statistics", "read", "encode", "sample", "write")) + f" | {rest:.2f} s |")
    return {**r, "shareInNetwork": network}


def linear(a, whole):
    """Processor time of two to eight slices, and of two to eight samples, beside a straight line through the ends."""
    found = {}
    for name, runs in (
        ("slices", [(n, middle(whole, n), ("--samples", "2", "--steps", "2")) for n in (2, 4, 8)]),
        ("samples", [(n, middle(whole, 2), ("--samples", str(n), "--steps", "2")) for n in (2, 4, 8)]),
    ):
        turns = [[upscale(a, data, *options)["processor"] for _, data, options in runs] for _ in range(a.turns)]
        times = [(runs[k][0], statistics.median(turn[k] for turn in turns)) for k in range(len(runs))]
        (n0, t0), (n1, t1), (n2, t2) = times
        expected = t0 + (t2 - t0) * (n1 - n0) / (n2 - n0)
        print(f"\n{name}: " + ", ".join(f"{n}: {t:.2f} s" for n, t in times) + f" of processor time; {n1} lie {t1 / expected - 1:+.1%} from the line")
        found[name] = {"seconds": dict(times), "middleFromLine": t1 / expected - 1}
    return found


def background(a, whole):
    """What leaving out the background saves, at few steps and at the default number."""
    found = {}
    data = middle(whole, a.slices)
    for steps in ("2", "8"):
        turns = [[upscale(a, data, "--steps", steps, "--background", kind) for kind in ("skip", "keep")] for _ in range(a.turns)]
        skip, keep = (statistics.median(turn[k]["processor"] for turn in turns) for k in (0, 1))
        print(f"\nbackground, {steps} steps: skipped {skip:.2f} s, computed {keep:.2f} s of processor time: {skip / keep:.2f} of it")
        found[steps] = {"skip": skip, "keep": keep}
    return found


def memory(a, _):
    """Peak of resident memory at the output's size; the number of slices must not matter."""
    print("\n| output | 1 slice | 3 slices |\n|---|---|---|")
    found = {}
    for side in map(int, a.sizes.split(",")):
        peaks = [upscale(a, synthetic(side // 2, n), "--steps", "1")["peak"] for n in (1, 3)]
        print(f"| {side} × {side} | " + " | ".join(f"{p / 1e6:.0f} MB" for p in peaks) + " |", flush=True)
        found[side] = peaks
    return found


def main():
    a = parse()
    parts = {"split": split, "linear": linear, "background": background, "memory": memory}
    chosen = a.only.split(",")
    if not set(chosen) <= set(parts):
        raise SystemExit(f"--only takes {', '.join(parts)}")
    whole = content(a.volume)
    results = {name: parts[name](a, whole) for name in chosen}
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
