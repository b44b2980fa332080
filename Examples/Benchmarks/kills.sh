#!/usr/bin/env bash
# Kills a batch at random moments, over and over, and compares what comes out with an undisturbed run's.
#   bash Examples/Benchmarks/kills.sh [KILLS] [FOLDER]     (100, a temporary folder)
# Of every three kills one takes the whole run, one the parent alone, one a worker alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
kills=${1:-100}
folder=${2:-$(mktemp -d)}
residua=${RESIDUA:-$(swift build -c release --show-bin-path)/residua}
options=(--uncertainty --steps 4 --samples 2 --quiet --jobs 2)
python3 Examples/Benchmarks/make_study.py "$folder/in" --count 24 --size 24 --slices 8

"$residua" batch "$folder/in" "$folder/whole" "${options[@]}"

count=0
rounds=0
while [ "$count" -lt "$kills" ]; do
  rounds=$((rounds + 1))
  # All done: begin again, so that every kill finds work.
  rm -rf "$folder/out"
  while [ "$count" -lt "$kills" ]; do
    "$residua" batch "$folder/in" "$folder/out" "${options[@]}" 2>"$folder/said" &
    run=$!
    sleep "$(python3 -c 'import random; print(random.uniform(0.05, 2.5))')"
    if ! kill -0 "$run" 2>/dev/null; then
      wait "$run" || { cat "$folder/said"; exit 1; }
      break
    fi
    workers=$(cat "/proc/$run/task/$run/children" 2>/dev/null || true)
    case $((count % 3)) in
    0) kill -9 "$run" $workers 2>/dev/null || true ;;
    1) kill -9 "$run" ;;
    2) for worker in $workers; do kill -9 "$worker" 2>/dev/null || true; break; done ;;
    esac
    count=$((count + 1))
    if [ $((count % 3)) = 0 ]; then
      # The run goes on with another worker; so does the next kill.
      sleep "$(python3 -c 'import random; print(random.uniform(0.05, 1))')"
      kill -9 "$run" 2>/dev/null || true
    fi
    wait "$run" 2>/dev/null || true
  done
  "$residua" batch "$folder/in" "$folder/out" "${options[@]}"
  different=0
  images=0
  while read -r image; do
    images=$((images + 1))
    cmp -s "$folder/whole/$image" "$folder/out/$image" || { echo "differs: $image"; different=$((different + 1)); }
  done < <(cd "$folder/whole" && find . -path ./.residua -prune -o -name '*.nii*' -print)
  left=$(find "$folder/out" \( -path '*/.residua/work/*' -o -path '*/.residua/claims/*' -o -name '*.part' -o -name '.residua-figure*' \) | wc -l)
  failed=$("$residua" batch "$folder/in" "$folder/out" --status | awk '$1 == "failed" { print $2 }')
  echo "after $count kills: $different of $images images differ, $left temporary files left, ${failed:-0} jobs failed"
  [ "$different" = 0 ] && [ "$left" = 0 ] && [ -z "$failed" ] || exit 1
done
