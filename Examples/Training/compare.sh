#!/usr/bin/env bash
# Trains noise predictors that differ in one setting, at equal budget, from the same encoder, on the same patches and noise (one seed), and scores each on
# the fixed validation slices: PSNR of the mean and of one sample, CRPS and the coverage of the 90 % interval, and seconds per slice.
#
#   bash Examples/Training/compare.sh MODEL RECIPE FOLDER SETTING=VALUE,VALUE… [UPDATES] [EVERY] [options of residua train…]
#
#   MODEL     whose encoder all take over (a model.safetensors of residua train)
#   RECIPE    the YAML file of the training; its encoder must have MODEL's sizes
#   FOLDER    gets a folder per value with the training, and VALUE.csv with a line per slice; the same command goes on where it stopped
#   UPDATES   of the noise predictor, 10000
#   EVERY     score every so many of the fixed slices, 1
#
# The mapping of the residual, and what width buys:
#   bash Examples/Training/compare.sh Checkpoints/default-x2/model.safetensors Examples/Training/default-x2.yaml Checkpoints/residual model.residual=linear,asinh
#   bash Examples/Training/compare.sh Checkpoints/default-x2/model.safetensors Examples/Training/default-x2.yaml Checkpoints/width model.dim=24,32,48
set -euo pipefail
if [ $# -lt 4 ]; then
  sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
  exit 64
fi
cd "$(dirname "$0")/../.."
model=$1 recipe=$2 folder=$3 setting=${4%%=*} values=${4#*=} updates=${5:-10000} every=${6:-1}
shift $(($# < 6 ? $# : 6))
build=${RESIDUA_BUILD:-.build/release}
[ -x "$build/residua" ] && [ -x "$build/ValidationTable" ] || swift build -c release
mkdir -p "$folder"
table="$folder/$setting.md"
columns="mean sample crps coverage90 sigma spearman ause/constant seconds"
{
  echo "| $setting | megabytes | $(echo "$columns" | sed 's/ / | /g') |"
  echo "| --- | --- |$(for _ in $columns; do printf ' --- |'; done)"
} > "$table.part"
for value in ${values//,/ }; do
  "$build/residua" train --config "$recipe" --set "model.encoder_file=$model" --set "$setting=$value" \
    --set "predictor.updates=$updates" "$@" --output "$folder/$value" > /dev/null
  "$build/ValidationTable" --model "$folder/$value/model.safetensors" --every "$every" --csv "$folder/$value.csv" > /dev/null
  # Means over slices, then over subjects.
  awk -F, -v value="$value" -v columns="$columns" -v bytes="$(stat -c %s "$folder/$value/model.safetensors")" '
    NR == 1 { for (k = 3; k <= NF; k++) place[$k] = k; next }
    { slices[$1]++; for (name in place) sum[$1, name] += $place[name] }
    END {
      printf "| %s | %.1f |", value, bytes / 1e6
      count = split(columns, names, " ")
      for (k = 1; k <= count; k++) {
        total = 0; subjects = 0
        for (subject in slices) { total += sum[subject, names[k]] / slices[subject]; subjects++ }
        printf " %.3f |", total / subjects
      }
      print ""
    }' "$folder/$value.csv" >> "$table.part"
done
mv "$table.part" "$table"
cat "$table"
