"""Writes a folder of small NIfTI-1 volumes for timing and for breaking things; needs nothing but Python.

    python3 Examples/Benchmarks/make_study.py FOLDER --count 12 --size 24 --slices 6
"""
import argparse, os, random, struct


def volume(path, size, slices, seed):
    random.seed(seed)
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, size, size + 2, slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 4, 16)  # int16
    struct.pack_into("<8f", header, 76, 1, 1.5, 1.25, 3, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    struct.pack_into("<f", header, 112, 1)
    header[123] = 2  # millimetres
    struct.pack_into("<2h", header, 252, 0, 1)
    for row, values in enumerate([(1.5, 0, 0, -20), (0, 1.25, 0, 5), (0, 0, 3, 7)]):
        struct.pack_into("<4f", header, 280 + 16 * row, *values)
    header[344:348] = b"n+1\0"
    voxels = []
    for k in range(slices):
        for j in range(size + 2):
            for i in range(size):
                x, y = (i + 0.5) / size * 2 - 1, (j + 0.5) / (size + 2) * 2 - 1
                inside = x * x + y * y < 0.8
                voxels.append(600 + 150 * ((i // 2 + j // 3 + k + seed) % 3) + random.randrange(20) if inside else 0)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(header + struct.pack(f"<{len(voxels)}h", *voxels))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--size", type=int, default=24)
    parser.add_argument("--slices", type=int, default=6)
    options = parser.parse_args()
    for number in range(1, options.count + 1):
        name = f"sub-{number:03d}"
        volume(os.path.join(options.folder, name, f"{name}_T1w.nii"), options.size, options.slices, number)
