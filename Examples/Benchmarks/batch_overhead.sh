#!/usr/bin/env bash
# What the batch layer costs over single runs, and what two workers gain over one. Turns are interleaved; ratios are what counts.
#   bash Examples/Benchmarks/batch_overhead.sh [TURNS] [FOLDER]
# The processor time of a batch of 6 volumes is compared with the sum over 6 runs of `upscale` less 5 times the cost of starting it (loading
# the model), which a batch pays once.
set -euo pipefail
cd "$(dirname "$0")/../.."
turns=${1:-3}
folder=${2:-$(mktemp -d)}
residua=${RESIDUA:-$(swift build -c release --show-bin-path)/residua}
count=6
python3 Examples/Benchmarks/make_study.py "$folder/in" --count $count --size 48 --slices 4
options=(--samples 4 --steps 4 --quiet)

# Prints seconds of processor time and of the clock.
measure() { python3 -c '
import resource, subprocess, sys, time
start = time.time()
subprocess.run(sys.argv[1:], check=True)
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(use.ru_utime + use.ru_stime, time.time() - start)' "$@"; }

single() { for scan in "$folder"/in/*/*.nii; do "$residua" upscale "$scan" "$folder/single.nii.gz" --uncertainty "$folder/single_sigma.nii.gz" \
  --overwrite --threads 1 "${options[@]}"; done; }
batch() { rm -rf "$folder/out"; "$residua" batch "$folder/in" "$folder/out" --uncertainty "${options[@]}" "$@"; }
start() { for _ in $(seq $((count - 1))); do "$residua" upscale "$folder/none.nii" "$folder/none_x2.nii" "${options[@]}" --threads 1 --overwrite; done; }
export -f single batch start
export residua folder count
python3 Examples/Benchmarks/make_study.py "$folder/tiny" --count 1 --size 8 --slices 1
cp "$folder"/tiny/*/*.nii "$folder/none.nii"

: >"$folder/times"
for turn in $(seq "$turns"); do
  for what in single "batch --jobs 1 --threads 1" start "batch --jobs 2 --threads 1" "batch --jobs 1 --threads 2"; do
    echo "$what: $(measure bash -c "options=(${options[*]}); $what")" | tee -a "$folder/times"
  done
done
python3 - "$folder/times" <<'END'
import statistics, sys
cpu, wall = {}, {}
for line in open(sys.argv[1]):
    what, numbers = line.rsplit(": ", 1)
    c, w = map(float, numbers.split())
    cpu.setdefault(what, []).append(c)
    wall.setdefault(what, []).append(w)
c = {what: statistics.median(values) for what, values in cpu.items()}
w = {what: statistics.median(values) for what, values in wall.items()}
one, two, threads = "batch --jobs 1 --threads 1", "batch --jobs 2 --threads 1", "batch --jobs 1 --threads 2"
print(f"processor time: batch / sum of single runs            {c[one] / c['single']:.3f}")
print(f"processor time: the same, the model loaded once       {c[one] / (c['single'] - c['start']):.3f}")
print(f"clock: one worker, two threads / one worker, one      {w[threads] / w[one]:.3f}")
print(f"clock: two workers, one thread each / one worker, one {w[two] / w[one]:.3f}")
END
