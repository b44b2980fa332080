#!/usr/bin/env python3
"""Makes the weight file for `residua evaluate --lpips-weights`: LPIPS 0.1 with AlexNet, as a safetensors file of 10 MB.

    python3 -m venv venv
    venv/bin/pip install torch torchvision --index-url https://download.pytorch.org/whl/cpu   # or from PyPI
    venv/bin/pip install lpips safetensors
    venv/bin/python Examples/convert-lpips-weights.py alex-lpips.safetensors

torchvision downloads AlexNet's trained weights (BSD 3-Clause), the lpips package brings its own (BSD 2-Clause). With --random AlexNet stays
untrained, for tests: nothing is downloaded, and the distances mean nothing.
"""
import argparse

import lpips
from safetensors.torch import save_file

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("output")
parser.add_argument("--random", action="store_true")
options = parser.parse_args()

layers = ((1, 0), (2, 3), (3, 6), (4, 8), (5, 10))
names = [f"net.slice{k}.{n}.{part}" for k, n in layers for part in ("weight", "bias")]
names += [f"lin{k}.model.1.weight" for k in range(5)]
state = lpips.LPIPS(net="alex", pnet_rand=options.random, verbose=False).state_dict()
save_file(
    {name: state[name].contiguous() for name in names},
    options.output,
    metadata={"source": "lpips 0.1, alex" + (", AlexNet untrained" if options.random else "")},
)
print(f"wrote {options.output}: {len(names)} tensors")
