#!/usr/bin/env bash
# Docs/HowTo/Train.md from a folder of scans to a model in use, on the bundled scan and with hardly any training: whether every command of it works.
#   bash Examples/Training/tutorial.sh [folder, deleted first]
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-Tutorial}
residua=${RESIDUA_BUILD:-.build/release}/residua
[ -x "$residua" ] || swift build -c release --product residua
rm -rf "$folder"
mkdir -p "$folder/scans"
cp Examples/Data/sub-16_T1w_cut.nii.gz "$folder/scans/sub-16_T1w.nii.gz"
# A second subject, so that one can be put aside for validation.
cp Examples/Data/sub-16_T1w_cut.nii.gz "$folder/scans/sub-17_T1w.nii.gz"
cat > "$folder/my.yaml" <<YAML
model: {encoder_features: 8, encoder_blocks: 2, dim: 8, mults: [1, 2, 2]}
data:
  train: [$folder/scans]
  validation_subjects: 1
  plane: all
encoder: {updates: 60, batch: 4, patch: 32, warm_up: 10, rate: 1e-3}
predictor: {updates: 40, batch: 4, patch: 32, warm_up: 10, rate: 1e-3}
upkeep: {checkpoint_every: 20, validate_every: 40, validation_slices: 1, validation_samples: 2, validation_steps: 4, log_every: 5}
card: {license: CC0-1.0, anatomy: a head}
YAML
"$residua" train --config "$folder/my.yaml" --output "$folder/my-model"
printf 'subject,psnr\nsub-17,27.1\n' > "$folder/my-figures.csv"
"$residua" model card "$folder/my-model/model.safetensors" --figures "$folder/my-figures.csv" --set limits="one scan, hardly trained"
"$residua" model inspect "$folder/my-model/model.safetensors"
"$residua" model check "$folder/my-model/model.safetensors" Examples/Data/sub-16_T1w_half.nii.gz
"$residua" upscale Examples/Data/sub-16_T1w_half.nii.gz "$folder/sub-16_x2.nii.gz" --model "$folder/my-model/model.safetensors" --strict \
  --uncertainty "$folder/sub-16_sigma.nii.gz" --preview "$folder/sub-16.png" --samples 2 --steps 4
ls -l "$folder" "$folder/my-model"
