#!/usr/bin/env bash
# Changes bytes of PyTorch's files at random, by a fixed seed, and reads them: every one is read or refused, none crashes.
#   bash Tests/Fuzz/torch.sh [changed files of each form, 100000]
set -euo pipefail
cd "$(dirname "$0")/../.."
RESIDUA_MUTATIONS=${1:-100000} swift test -c release --filter HostilePickleTests.mutatedFilesEndWithASentence
