#!/usr/bin/env python3
"""How long `residua batch --dry-run` takes to plan many scans, without its measurement of the network.

    swift build -c release --product residua
    python3 Examples/Benchmarks/planning.py [--files 10000] [--tool .build/release/residua]

Makes a folder of tiny packed NIfTI files (and a BIDS dataset of them) in $TMPDIR, plans each, and prints wall-clock and processor seconds. The
network's measurement takes the same time for one file as for thousands; the time for a folder with one file is taken off.
"""
import argparse, gzip, json, os, resource, shutil, struct, subprocess, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("--files", type=int, default=10000)
parser.add_argument("--tool", default=".build/release/residua")
args = parser.parse_args()

header = bytearray(352)
struct.pack_into("<i", header, 0, 348)
struct.pack_into("<8h", header, 40, 3, 8, 8, 4, 1, 1, 1, 1)
struct.pack_into("<2h", header, 70, 4, 16)
struct.pack_into("<8f", header, 76, 1, 1, 1, 3, 1, 1, 1, 1)
struct.pack_into("<f", header, 108, 352)
struct.pack_into("<h", header, 254, 1)
for row in range(3):
    struct.pack_into("<4f", header, 280 + 16 * row, *[(1, 1, 3)[row] if column == row else 0 for column in range(4)])
header[344:348] = b"n+1\0"
scan = gzip.compress(bytes(header) + bytes(8 * 8 * 4 * 2), mtime=0)


def make(root, name, count):
    for number in range(count):
        path = os.path.join(root, name(number))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(scan)


def plan(root, *more):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    command = [args.tool, "batch", root, root + "-out", *more, "--dry-run", "--json", "--steps", "1", "--samples", "1"]
    result = subprocess.run(command, check=True, capture_output=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return len(json.loads(result.stdout)["jobs"]), wall, processor


folder = tempfile.mkdtemp(prefix="residua-planning-")
try:
    one = os.path.join(folder, "one")
    make(one, lambda n: "scan.nii.gz", 1)
    tree = os.path.join(folder, "tree")
    make(tree, lambda n: f"group-{n // 100}/scan-{n}.nii.gz", args.files)
    bids = os.path.join(folder, "bids")
    make(bids, lambda n: f"sub-{n:05}/anat/sub-{n:05}_T1w.nii.gz", args.files)
    with open(os.path.join(bids, "dataset_description.json"), "w") as file:
        json.dump({"Name": "Many", "BIDSVersion": "1.8.0"}, file)
    _, base_wall, base_processor = plan(one)
    print(f"one file: {base_wall:.2f} s, {base_processor:.2f} s of processor time")
    for name, root, more in [("tree", tree, []), ("BIDS", bids, ["participant"])]:
        jobs, wall, processor = plan(root, *more)
        print(f"{name}: {jobs} jobs planned in {wall - base_wall:.2f} s, {processor - base_processor:.2f} s of processor time")
finally:
    shutil.rmtree(folder)
