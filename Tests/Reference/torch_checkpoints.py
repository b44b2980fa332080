#!/usr/bin/env python3
"""Checkpoints as PyTorch itself saves them, for the tests of `residua model convert`.

    python Tests/Reference/torch_checkpoints.py Tests/DiffusionTests/Golden/torch

Writes, for one tiny x4 model of one channel and one of three:
  published.ckpt      the older form (bare pickles), as the authors' release has it: {'state_dict': {'model': …}, 'optimizer_states': …, 'global_step': …}
  colour.pt           the zip form, three channels, a plain state dictionary under a prefix, in half precision, one tensor not contiguous
  *-golden.safetensors  what PyTorch computes with each (lr, x_t, t, condition, epsilon, encoder_image)
Every tensor has its own numbers, so that two that are exchanged show. Needs torch, safetensors.
"""

import pathlib
import sys

import torch
from safetensors.torch import save_file
from srdiff_reference import SRDiff, schedule, smooth_images


def model(channels, seed):
    torch.manual_seed(seed)
    return SRDiff(channels=channels, scale=4, nf=4, nb=2, dim=4, mults=(1, 2))


def golden(net, path, seed):
    generator = torch.Generator().manual_seed(seed)
    channels = net.shape["channels"]
    net = net.double().eval()
    lr = smooth_images(2, channels, 8, 8, generator)
    x = torch.randn((2, channels, 32, 32), generator=generator)
    t = torch.tensor([7, 93])
    with torch.no_grad():
        condition = net.condition(lr.double())
        out = {
            "lr": lr, "x_t": x, "t": t, "condition": condition, "epsilon": net.denoise_fn(x.double(), t, condition),
            "encoder_image": net.encoder_image(lr.double()),
        }
    save_file({k: v if v.dtype == torch.int64 else v.float().contiguous() for k, v in out.items()}, path)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    net = model(1, 3)
    # One update, so that the optimiser has a state worth skipping (of the head alone, to keep the file small).
    optimiser = torch.optim.Adam(net.rrdb.conv_last.parameters(), 2e-4)
    net.rrdb.image(net.rrdb.features(torch.zeros(1, 1, 8, 8))).sum().backward()
    optimiser.step()
    state = net.state_dict()
    state.update({name: value.float() for name, value in schedule().items()})
    torch.save(
        {"state_dict": {"model": state}, "optimizer_states": optimiser.state_dict(), "global_step": 400000, "epoch": 12},
        folder / "published.ckpt", _use_new_zipfile_serialization=False)
    golden(net, folder / "published-golden.safetensors", 5)

    net = model(3, 4).half()
    state = {f"module.{name}": value for name, value in net.state_dict().items()}
    name = "module.denoise_fn.mid_block1.block1.block.1.weight"
    state[name] = state[name].to(memory_format=torch.channels_last)
    torch.save(state, folder / "colour.pt")
    golden(net, folder / "colour-golden.safetensors", 6)
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:8} {path.name}")


if __name__ == "__main__":
    main()
