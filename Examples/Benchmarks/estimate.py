#!/usr/bin/env python3
"""How well `residua batch --dry-run` foresees time and disk: its estimate against real runs of the same scans.

    python3 Examples/Benchmarks/estimate.py SCAN.nii.gz... [-- options of batch]

Estimates before and after the run; on a shared machine the two say how much the load has changed.
"""
import json, os, shutil, subprocess, sys, tempfile, time

tool = os.environ.get("RESIDUA", ".build/release/residua")
arguments = sys.argv[1:]
options = arguments[arguments.index("--") + 1:] if "--" in arguments else []
scans = arguments[: arguments.index("--")] if "--" in arguments else arguments
folder = tempfile.mkdtemp(prefix="residua-estimate-")


def estimate(root):
    command = [tool, "batch", root, os.path.join(folder, "out"), "--dry-run", "--json", *options]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["estimate"]


try:
    root = os.path.join(folder, "in")
    os.makedirs(root)
    for number, scan in enumerate(scans):
        os.symlink(os.path.abspath(scan), os.path.join(root, f"{number}-{os.path.basename(scan)}"))
    before = estimate(root)
    start = time.monotonic()
    subprocess.run([tool, "batch", root, os.path.join(folder, "out"), "--quiet", *options], check=True)
    wall = time.monotonic() - start
    after = estimate(root)
    size = sum(
        os.path.getsize(os.path.join(place, name))
        for place, folders, names in os.walk(os.path.join(folder, "out"))
        if ".residua" not in place
        for name in names
    )
    print(f"time: estimated {before['seconds']:.1f} s before and {after['seconds']:.1f} s after, took {wall:.1f} s: "
          f"ratio {wall / before['seconds']:.2f} and {wall / after['seconds']:.2f}")
    print(f"disk: estimated {before['bytes']} bytes, took {size}: ratio {size / before['bytes']:.3f}")
finally:
    shutil.rmtree(folder)
