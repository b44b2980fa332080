"""Runs every command of every guide, and says which are not run and why.

    python3 Tests/Guides/run.py [GUIDE…]        RESIDUA_BUILD names another build than .build/release

A block marked `sh` or `bash` is run as it stands, `bash -euo pipefail`, in a scratch folder that holds small real scans under the names that guides use (scans.py);
the blocks of one guide share their folder. What is changed for speed, and nothing else: a `residua` on the PATH that adds few samples and steps, `--overwrite`, and few
slices (calibrate), and takes "unlike" of `model check` for an answer; a `swift run -c release NAME` that starts NAME as it is built; `ssh HOST` that stays here; and SUBSTITUTIONS in the text.
A block that is not to be run says why on the line above: <!-- not run: needs a container's runtime -->
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
from guides import blocks, untold
from scans import prepare

repository = Path(__file__).resolve().parents[2]
build = Path(os.environ.get("RESIDUA_BUILD", repository / ".build/release")).resolve()
data = Path(os.environ.get("RESIDUA_DATA", repository / "../shared/data"))
data = data.resolve() if data.is_dir() else None

# In the text of a block, before it is run.
SUBSTITUTIONS = {
    " /data/": " data/", "2>/data/": "2>data/",
    # A comparison of two updates each, scored on one slice.
    "model.residual=linear,asinh ": "model.residual=linear,asinh 2 ",
    # A cluster of one node (Tests/Support/slurm.sh).
    "--slurm-tasks 20": "--slurm-tasks 2", "--cpus-per-task=8 --mem=16G --partition=cpu": "--cpus-per-task=2",
}
# What a guide leaves behind when its jobs in the cluster are done.
RESULTS = {"Cluster.md": ["RESULTS/.residua/summary.txt", "data/results/.residua"]}
# Needs scans that are no part of the repository.
NEEDS_DATA = ("SERIES_DIR", "ARCHIVE_DIR", "ValidationTable", "compare.sh")

SHIMS = {
    "residua": f"""
command=$1
case $command in
  upscale) set -- "$@" --samples 2 --steps 4 --overwrite ;;
  fuse | interpolate) set -- "$@" --steps 4 --overwrite ;;
  batch) set -- "$@" --samples 2 --steps 4 ;;
  calibrate) set -- "$@" --samples 2 --steps 4 --slices 1 ;;
  explain) set -- "$@" --samples 2 --steps 8 ;;
  evaluate) set -- "$@" --samples 2 --steps 4 ;;
  model)
    # Pieces of a scan have intensities unlike a whole one's: that answer is one, too.
    [ "$2" != check ] || {{ "{build}/residua" "$@" || [ $? = 1 ]; exit; }} ;;
  report | regions) set -- "$@" --overwrite ;;
esac
exec "{build}/residua" "$@"
""",
    "swift": f"""
[ "$1 $2 $3" = "run -c release" ] || {{ echo "swift $*: not run here" >&2; exit 1; }}
name=$4; shift 4
[ "$name" = TrainTinyModel ] && set -- "${{1:-TinyModel}}" 2
PATH=$(dirname "$0"):{build}:$PATH exec "$name" "$@"
""",
    "ValidationTable": f"""
exec "{build}/ValidationTable" "$@" --every 64 --samples 2 --steps 4
""",
    "ssh": """
shift; command="$*"; exec bash -c "${command%&}"
""",
}


def write_shims(folder):
    folder.mkdir()
    for name, body in SHIMS.items():
        (folder / name).write_text("#!/bin/bash\n" + body)
        (folder / name).chmod(0o755)


def run(block, folder, environment):
    text = block.text
    for old, new in SUBSTITUTIONS.items():
        text = text.replace(old, new)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", timeout=300)


def run_guide(path, shown, scratch, environment):
    """Counts of blocks run, not run and failed."""
    counts = [0, 0, 0]
    folder = None
    for block in blocks(path, shown):
        if untold(block):
            print(f"FAILS {block.place}: holds commands; mark it sh, or say on the line above: <!-- not run: why -->")
            counts[2] += 1
        if block.language not in ("sh", "bash"):
            continue
        reason = block.reason
        if reason is None and data is None and any(word in block.text for word in NEEDS_DATA):
            reason = "needs the scans of RESIDUA_DATA"
        if reason:
            print(f"not run: {block.place}: {reason}")
            counts[1] += 1
            continue
        if folder is None or block.alone:
            folder = Path(tempfile.mkdtemp(dir=scratch))
            prepare(folder, repository, data)
        start = time.monotonic()
        outcome = run(block, folder, environment)
        seconds = time.monotonic() - start
        if outcome.returncode:
            print(f"FAILS {block.place}: code {outcome.returncode} of\n{block.text}{outcome.stdout[-2000:]}{outcome.stderr[-2000:]}")
            counts[2] += 1
        else:
            print(f"ok    {block.place} ({seconds:.1f} s)")
            counts[0] += 1
    if folder and "SLURM_CONF" in environment and "--slurm " in path.read_text():
        settle(environment)
    for name in RESULTS.get(path.name, []) if folder else []:
        if not (folder / name).exists():
            print(f"FAILS {shown}: left no {name}")
            counts[2] += 1
    return counts


def settle(environment):
    """Waits for the cluster to be done."""
    for _ in range(240):
        if not subprocess.run(["squeue", "-h"], env=environment, capture_output=True, text=True).stdout.strip():
            return
        time.sleep(0.5)


def main():
    chosen = [Path(name).resolve() for name in sys.argv[1:]]
    docs = repository / "Docs"
    guides = chosen or [repository / "README.md", *sorted((docs / "HowTo").glob("*.md")), *sorted((docs / "Explanation").glob("*.md"))]
    scratch = Path(tempfile.mkdtemp(prefix="residua-guides-"))
    cluster = ["bash", str(repository / "Tests/Support/slurm.sh")]
    slurm = scratch / "slurm"
    try:
        write_shims(scratch / "bin")
        if data:
            # Where the project's own tools look from a checkout, which a guide's folder stands for.
            (scratch / "shared").mkdir()
            (scratch / "shared/data").symlink_to(data)
        environment = os.environ | {"PATH": f"{scratch}/bin:{os.environ['PATH']}", "RESIDUA_BUILD": f"{scratch}/bin"}
        if any("--slurm " in guide.read_text() for guide in guides):
            subprocess.run(cluster + ["start", str(slurm)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            environment["SLURM_CONF"] = str(slurm / "slurm.conf")
        total = [0, 0, 0]
        for guide in guides:
            shown = os.path.relpath(guide, repository)
            total = [a + b for a, b in zip(total, run_guide(guide, shown, scratch, environment))]
        print(f"{total[0]} blocks of commands ran, {total[1]} were not run, {total[2]} fail.")
        return 1 if total[2] or not total[0] else 0
    finally:
        if slurm.exists():
            subprocess.run(cluster + ["stop", str(slurm)], check=False)
        shutil.rmtree(scratch, ignore_errors=True)


sys.exit(main())
