"""PyTorch witness of the network tests: writes Golden/network/*.safetensors.

    python Tests/DiffusionTests/Network/network_reference.py Tests/DiffusionTests/Golden/network

Each file holds the inputs of a tiny model (lr, x_t, t) and what PyTorch makes of them (features, condition, epsilon, encoder_image), computed in
float64 and stored in float32. The weights are not stored: both sides derive them from the parameters' published names (see `fill`), so a name that
differs shows.
"""

import math
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file


class Dense(nn.Module):
    def __init__(self, nf):
        super().__init__()
        gc = nf // 2
        for k in range(4):
            setattr(self, f"conv{k + 1}", nn.Conv2d(nf + k * gc, gc, 3, padding=1))
        self.conv5 = nn.Conv2d(nf + 4 * gc, nf, 3, padding=1)

    def forward(self, x):
        seen = [x]
        for k in range(4):
            seen.append(F.leaky_relu(getattr(self, f"conv{k + 1}")(torch.cat(seen, 1)), 0.2))
        return 0.2 * self.conv5(torch.cat(seen, 1)) + x


class RRDB(nn.Module):
    def __init__(self, nf):
        super().__init__()
        self.RDB1, self.RDB2, self.RDB3 = Dense(nf), Dense(nf), Dense(nf)

    def forward(self, x):
        return 0.2 * self.RDB3(self.RDB2(self.RDB1(x))) + x


class Encoder(nn.Module):
    def __init__(self, channels, nf, nb, scale):
        super().__init__()
        self.factors = {2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}[scale]
        self.conv_first = nn.Conv2d(channels, nf, 3, padding=1)
        self.RRDB_trunk = nn.ModuleList(RRDB(nf) for _ in range(nb))
        self.trunk_conv = nn.Conv2d(nf, nf, 3, padding=1)
        for k in range(len(self.factors)):
            setattr(self, f"upconv{k + 1}", nn.Conv2d(nf, nf, 3, padding=1))
        self.HRconv = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv_last = nn.Conv2d(nf, channels, 3, padding=1)

    def forward(self, lr):
        first = x = self.conv_first((lr + 1) / 2)
        maps = []
        for block in self.RRDB_trunk:
            x = block(x)
            maps.append(x)
        maps.append(first + self.trunk_conv(x))
        h = maps[-1]
        for k, factor in enumerate(self.factors):
            h = F.leaky_relu(getattr(self, f"upconv{k + 1}")(F.interpolate(h, scale_factor=factor, mode="nearest")), 0.2)
        image = self.conv_last(F.leaky_relu(self.HRconv(h), 0.2)).clamp(0, 1) * 2 - 1
        return torch.cat(maps[2::3], 1), image


class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.block = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(a, b, 3), nn.Mish())

    def forward(self, x):
        return self.block(x)


class Resnet(nn.Module):
    def __init__(self, a, b, dim):
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(dim, b))
        self.block1, self.block2 = Block(a, b), Block(b, b)
        self.res_conv = nn.Conv2d(a, b, 1) if a != b else nn.Identity()

    def forward(self, x, t):
        return self.block2(self.block1(x) + self.mlp(t)[:, :, None, None]) + self.res_conv(x)


class Down(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3, stride=2))

    def forward(self, x):
        return self.conv(x)


class Up(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Sequential(nn.ConvTranspose2d(c, c, 4, 2, 1))

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, channels, dim, mults, cond, scale):
        super().__init__()
        self.dim = dim
        widths = [channels] + [dim * m for m in mults]
        pairs = list(zip(widths[:-1], widths[1:]))
        pad = (scale + 1) // 2
        self.cond_proj = nn.ConvTranspose2d(cond, dim, scale + 2 * pad, scale, pad)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.Mish(), nn.Linear(4 * dim, dim))
        last = len(pairs) - 1
        self.downs = nn.ModuleList(
            nn.ModuleList([Resnet(a, b, dim), Resnet(b, b, dim), Down(b) if i < last else nn.Identity()])
            for i, (a, b) in enumerate(pairs))
        self.mid_block1, self.mid_block2 = Resnet(widths[-1], widths[-1], dim), Resnet(widths[-1], widths[-1], dim)
        self.ups = nn.ModuleList(
            nn.ModuleList([Resnet(2 * b, a, dim), Resnet(a, a, dim), Up(a)]) for a, b in reversed(pairs[1:]))
        self.final_conv = nn.Sequential(Block(dim, dim), nn.Conv2d(dim, channels, 1))

    def forward(self, x, t, cond):
        half = self.dim // 2
        f = torch.exp(-torch.arange(half, dtype=x.dtype, device=x.device) * (math.log(10000) / (half - 1)))
        a = t.to(x.dtype)[:, None] * f
        t = self.mlp(torch.cat([a.sin(), a.cos()], 1))
        skips = []
        for i, (one, two, down) in enumerate(self.downs):
            x = two(one(x, t), t)
            if i == 0:
                x = x + cond
            skips.append(x)
            x = down(x)
        x = self.mid_block2(self.mid_block1(x, t), t)
        for one, two, up in self.ups:
            x = up(two(one(torch.cat([x, skips.pop()], 1), t), t))
        return self.final_conv(x)


class SRDiff(nn.Module):
    def __init__(self, scale, nf=32, nb=8, dim=64, mults=(1, 2, 2, 4), channels=1):
        super().__init__()
        self.rrdb = Encoder(channels, nf, nb, scale)
        self.denoise_fn = UNet(channels, dim, list(mults), nf * ((nb + 1) // 3), scale)


def hashed(name, count):
    """count floats in [-1, 1): SplitMix64 over the FNV-1a hash of the name, upper 24 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)).astype(np.float32)


def fill(model):
    """Weights of variance 1 / fan-in, biases within 0.1."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            bound = np.float32(0.1) if p.dim() == 1 else np.float32(math.sqrt(3 / (p[0].numel())))
            p.copy_(torch.from_numpy(hashed(name, p.numel()) * bound).reshape(p.shape))


def golden(folder, name, lr_size, batch, **shape):
    torch.manual_seed(len(name) + shape["scale"])
    model = SRDiff(**shape)
    fill(model)
    model = model.double()
    s = shape["scale"]
    lr = torch.rand(1, shape.get("channels", 1), *lr_size).mul(2).sub(1).half().double()
    x = torch.randn(batch, shape.get("channels", 1), lr_size[0] * s, lr_size[1] * s).half().double()
    t = torch.tensor([(37 * i + 3) % 100 for i in range(batch)])
    with torch.no_grad():
        features, image = model.rrdb(lr)
        cond = model.denoise_fn.cond_proj(features)
        epsilon = model.denoise_fn(x, t, cond)
    out = dict(lr=lr.float(), x_t=x.float(), t=t.int(), features=features.float().contiguous(),
               condition=cond.float().contiguous(), epsilon=epsilon.float().contiguous(), encoder_image=image.float().contiguous())
    save_file(out, f"{folder}/{name}.safetensors", metadata={k: str(v) for k, v in shape.items()})


if __name__ == "__main__":
    folder = sys.argv[1]
    golden(folder, "x2", (12, 20), 2, scale=2, nf=4, nb=3, dim=8)
    golden(folder, "x3", (8, 16), 1, scale=3, nf=6, nb=5, dim=8, mults=(1, 2, 3))
    golden(folder, "x4-colour", (10, 6), 1, scale=4, nf=4, nb=2, dim=10, mults=(1, 2, 2, 4), channels=3)
    golden(folder, "x8", (3, 5), 3, scale=8, nf=4, nb=6, dim=6, mults=(1, 3, 2))
