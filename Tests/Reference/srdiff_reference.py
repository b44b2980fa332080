#!/usr/bin/env python3
"""The single-channel SRDiff in PyTorch, written from the specification: an independent witness for the Swift engine.

It is slow and plain on purpose. It makes the golden files that the tests read; the tests themselves need no Python.

  srdiff_reference.py tiny   OUT.safetensors --scale 2          a tiny model, briefly trained on synthetic images
  srdiff_reference.py golden MODEL OUT.safetensors --lr-size 8 12   inputs and outputs of a model
  srdiff_reference.py inspect MODEL                              sizes inferred from the tensor shapes

A golden file holds `lr` [N,C,h,w], `x_t` [N,C,H,W], `t` [N] int64, `condition` [N,dim,H,W], `epsilon` [N,C,H,W],
`encoder_image` [N,C,H,W], and, with --sampling, `noise` [T+1,1,C,H,W] (x_T, then the noise of each reverse step) and
`residual` [1,C,H,W] (after all T ancestral steps under the first item of `lr`). Everything is computed in Float64
(inputs are rounded to Float32 first) and stored as Float32.
"""

import argparse
import json
import math
import os

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

# --- LR encoder -------------------------------------------------------------------------------------------------------


class DenseBlock(nn.Module):
    def __init__(self, nf, gc):
        super().__init__()
        for k in range(5):
            setattr(self, f"conv{k + 1}", nn.Conv2d(nf + k * gc, gc if k < 4 else nf, 3, padding=1))

    def forward(self, x):
        parts = [x]
        for k in range(4):
            parts.append(F.leaky_relu(getattr(self, f"conv{k + 1}")(torch.cat(parts, 1)), 0.2))
        return 0.2 * self.conv5(torch.cat(parts, 1)) + x


class RRDB(nn.Module):
    def __init__(self, nf, gc):
        super().__init__()
        self.RDB1, self.RDB2, self.RDB3 = (DenseBlock(nf, gc) for _ in range(3))

    def forward(self, x):
        return 0.2 * self.RDB3(self.RDB2(self.RDB1(x))) + x


class RRDBEncoder(nn.Module):
    def __init__(self, channels, nf, nb, scale):
        super().__init__()
        self.scale = scale
        self.conv_first = nn.Conv2d(channels, nf, 3, padding=1)
        self.RRDB_trunk = nn.ModuleList(RRDB(nf, nf // 2) for _ in range(nb))
        self.trunk_conv = nn.Conv2d(nf, nf, 3, padding=1)
        self.factors = {2: [2], 3: [3], 4: [2, 2], 8: [2, 2, 2]}[scale]
        for k in range(len(self.factors)):
            setattr(self, f"upconv{k + 1}", nn.Conv2d(nf, nf, 3, padding=1))
        self.HRconv = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv_last = nn.Conv2d(nf, channels, 3, padding=1)

    def features(self, lr):
        first = self.conv_first((lr + 1) / 2)
        feas, x = [], first
        for block in self.RRDB_trunk:
            x = block(x)
            feas.append(x)
        feas.append(first + self.trunk_conv(x))
        return feas

    def image(self, feas):
        return self.unclamped_image(feas).clamp(0, 1) * 2 - 1

    def unclamped_image(self, feas):
        x = feas[-1]
        for k, factor in enumerate(self.factors):
            x = F.interpolate(x, scale_factor=factor, mode="nearest")
            x = F.leaky_relu(getattr(self, f"upconv{k + 1}")(x), 0.2)
        return self.conv_last(F.leaky_relu(self.HRconv(x), 0.2))


# --- Noise predictor --------------------------------------------------------------------------------------------------


class Mish(nn.Module):
    def forward(self, x):
        return x * torch.tanh(F.softplus(x))


class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.block = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(a, b, 3), Mish())

    def forward(self, x):
        return self.block(x)


class ResnetBlock(nn.Module):
    def __init__(self, a, b, dim):
        super().__init__()
        self.mlp = nn.Sequential(Mish(), nn.Linear(dim, b))
        self.block1, self.block2 = Block(a, b), Block(b, b)
        self.res_conv = nn.Conv2d(a, b, 1) if a != b else nn.Identity()

    def forward(self, x, embedding):
        h = self.block1(x) + self.mlp(embedding)[:, :, None, None]
        return self.block2(h) + self.res_conv(x)


class Downsample(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.conv = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(a, a, 3, stride=2))

    def forward(self, x):
        return self.conv(x)


class Upsample(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.conv = nn.Sequential(nn.ConvTranspose2d(a, a, 4, stride=2, padding=1))

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    def __init__(self, channels, dim, mults, condition_channels, scale):
        super().__init__()
        self.dim = dim
        widths = [channels] + [dim * m for m in mults]
        last = len(mults) - 1
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), Mish(), nn.Linear(4 * dim, dim))
        kernel, padding = {2: (4, 1), 3: (7, 2), 4: (8, 2), 8: (16, 4)}[scale]
        self.cond_proj = nn.ConvTranspose2d(condition_channels, dim, kernel, stride=scale, padding=padding)
        self.downs = nn.ModuleList()
        for level, (a, b) in enumerate(zip(widths, widths[1:])):
            stage = [ResnetBlock(a, b, dim), ResnetBlock(b, b, dim)]
            self.downs.append(nn.ModuleList(stage + ([Downsample(b)] if level < last else [])))
        self.mid_block1 = ResnetBlock(widths[-1], widths[-1], dim)
        self.mid_block2 = ResnetBlock(widths[-1], widths[-1], dim)
        self.ups = nn.ModuleList()
        for a, b in reversed(list(zip(widths[1:], widths[2:]))):
            self.ups.append(nn.ModuleList([ResnetBlock(2 * b, a, dim), ResnetBlock(a, a, dim), Upsample(a)]))
        self.final_conv = nn.Sequential(Block(dim, dim), nn.Conv2d(dim, channels, 1))

    def embedding(self, t):
        half = self.dim // 2
        frequency = torch.exp(-torch.arange(half, dtype=torch.float64) * (math.log(10000) / (half - 1)))
        angle = t.to(torch.float64)[:, None] * frequency[None]
        return self.mlp(torch.cat([angle.sin(), angle.cos()], 1).to(self.mlp[0].weight.dtype))

    def forward(self, x, t, condition):
        embedding, skips = self.embedding(t), []
        for level, stage in enumerate(self.downs):
            x = stage[1](stage[0](x, embedding), embedding)
            if level == 0:
                x = x + condition
            skips.append(x)
            if len(stage) == 3:
                x = stage[2](x)
        x = self.mid_block2(self.mid_block1(x, embedding), embedding)
        for first, second, upsample in self.ups:
            x = upsample(second(first(torch.cat([x, skips.pop()], 1), embedding), embedding))
        return self.final_conv(x)


# --- The whole model --------------------------------------------------------------------------------------------------


class SRDiff(nn.Module):
    def __init__(self, channels=1, scale=2, nf=32, nb=8, dim=64, mults=(1, 2, 2, 4)):
        super().__init__()
        self.shape = dict(channels=channels, scale=scale, nf=nf, nb=nb, dim=dim, mults=list(mults))
        self.rrdb = RRDBEncoder(channels, nf, nb, scale)
        self.denoise_fn = UNet(channels, dim, mults, nf * ((nb + 1) // 3), scale)

    def condition(self, lr):
        return self.denoise_fn.cond_proj(torch.cat(self.rrdb.features(lr)[2::3], 1))

    def encoder_image(self, lr):
        return self.rrdb.image(self.rrdb.features(lr))

    @staticmethod
    def inferred_shape(shapes):
        """Every size from the tensor shapes."""
        nf, channels = shapes["rrdb.conv_first.weight"][:2]
        nb = 1 + max(int(name.split(".")[2]) for name in shapes if name.startswith("rrdb.RRDB_trunk."))
        _, dim, kernel, _ = shapes["denoise_fn.cond_proj.weight"]
        levels = 1 + max(int(name.split(".")[2]) for name in shapes if name.startswith("denoise_fn.downs."))
        widths = [shapes[f"denoise_fn.downs.{k}.1.block1.block.1.weight"][0] for k in range(levels)]
        scale = {4: 2, 7: 3, 8: 4, 16: 8}[kernel]
        return dict(channels=channels, scale=scale, nf=nf, nb=nb, dim=dim, mults=[w // dim for w in widths])

    @classmethod
    def load(cls, path, dtype=torch.float64):
        """Loads strictly: a missing, unused or misshapen tensor is an error."""
        with safe_open(path, "pt") as file:
            state = {name: file.get_tensor(name).to(dtype) for name in file.keys()}
            metadata = file.metadata() or {}
        for name in SCHEDULE_BUFFERS:
            state.pop(name, None)
        model = cls(**cls.inferred_shape({name: tuple(value.shape) for name, value in state.items()})).to(dtype)
        model.load_state_dict(state, strict=True)
        return model.eval(), metadata


# --- Diffusion --------------------------------------------------------------------------------------------------------

SCHEDULE_BUFFERS = [
    "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
    "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance",
    "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2",
]


def schedule(T=100, s=0.008):
    """Cosine schedule, all in Float64, as a dictionary of the published buffers."""
    curve = [math.cos((i / T + s) / (1 + s) * math.pi / 2) ** 2 for i in range(T + 1)]
    betas = [min(max(1 - curve[i + 1] / curve[i], 0), 0.999) for i in range(T)]
    beta = torch.tensor(betas, dtype=torch.float64)
    alpha = 1 - beta
    cumprod = torch.cumprod(alpha, 0)
    prev = torch.cat([torch.ones(1, dtype=torch.float64), cumprod[:-1]])
    variance = beta * (1 - prev) / (1 - cumprod)
    return {
        "betas": beta, "alphas_cumprod": cumprod, "alphas_cumprod_prev": prev,
        "sqrt_alphas_cumprod": cumprod.sqrt(), "sqrt_one_minus_alphas_cumprod": (1 - cumprod).sqrt(),
        "log_one_minus_alphas_cumprod": (1 - cumprod).log(), "sqrt_recip_alphas_cumprod": (1 / cumprod).sqrt(),
        "sqrt_recipm1_alphas_cumprod": (1 / cumprod - 1).sqrt(), "posterior_variance": variance,
        "posterior_log_variance_clipped": variance.clamp(min=1e-20).log(),
        "posterior_mean_coef1": beta * prev.sqrt() / (1 - cumprod),
        "posterior_mean_coef2": (1 - prev) * alpha.sqrt() / (1 - cumprod),
    }


def ancestral(predict, noise, T=100):
    """All T ancestral steps. `noise` [T+1,...] is x_T, then the noise of each reverse step; `predict(x, t)` gives ε̂."""
    s = schedule(T)
    x = noise[0]
    for k, t in enumerate(range(T - 1, -1, -1)):
        epsilon = predict(x, t)
        r = (s["sqrt_recip_alphas_cumprod"][t] * x - s["sqrt_recipm1_alphas_cumprod"][t] * epsilon).clamp(-1, 1)
        x = s["posterior_mean_coef1"][t] * r + s["posterior_mean_coef2"][t] * x
        if t > 0:
            x = x + s["posterior_variance"][t].sqrt() * noise[1 + k]
    return x


# --- Making files -----------------------------------------------------------------------------------------------------


def smooth_images(n, channels, h, w, generator):
    """Piecewise smooth images in [-1, 1]: blobs with edges, as a head has."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, h), torch.linspace(-1, 1, w), indexing="ij")
    images = torch.full((n, channels, h, w), -1.0)
    for i in range(n):
        for c in range(channels):
            for _ in range(5):
                cx, cy, rx, ry, angle, level = torch.rand(6, generator=generator).tolist()
                dx, dy = x - (cx * 1.4 - 0.7), y - (cy * 1.4 - 0.7)
                u = dx * math.cos(3 * angle) + dy * math.sin(3 * angle)
                v = dy * math.cos(3 * angle) - dx * math.sin(3 * angle)
                inside = (u / (0.2 + 0.6 * rx)) ** 2 + (v / (0.2 + 0.6 * ry)) ** 2 < 1
                images[i, c][inside] = 2 * level - 1 + 0.2 * torch.sin(7 * u[inside])
    return images.clamp(-1, 1)


def make_tiny(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    mults = [int(m) for m in args.mults.split(",")]
    model = SRDiff(args.channels, args.scale, args.features, args.blocks, args.dim, mults)
    generator = torch.Generator().manual_seed(args.seed)
    cumprod = schedule()["alphas_cumprod"].float()
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    unit = args.scale * 2 ** (len(mults) - 1)
    side = unit * math.ceil(24 / unit)
    for _ in range(args.train):
        hr = smooth_images(16, args.channels, side, side, generator)
        lr = F.avg_pool2d(hr, args.scale)
        up = F.interpolate(lr, size=(side, side), mode="bicubic", align_corners=False)
        residual = ((hr - up) * 2).clamp(-1, 1)
        t = torch.randint(0, 100, (16,), generator=generator)
        noise = torch.randn(residual.shape, generator=generator)
        a = cumprod[t][:, None, None, None]
        epsilon = model.denoise_fn(a.sqrt() * residual + (1 - a).sqrt() * noise, t, model.condition(lr))
        image = model.rrdb.unclamped_image(model.rrdb.features(lr)) * 2 - 1
        loss = (epsilon - noise).abs().mean() + (image - hr).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    print(f"{sum(p.numel() for p in model.parameters())} parameters, loss {loss.item():.4f}" if args.train else "untrained")
    dtype = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32, "F64": torch.float64}[args.dtype]
    state = {name: value.detach().to(dtype).contiguous() for name, value in model.state_dict().items()}
    if args.buffers:
        state |= {name: value.float() for name, value in schedule().items()}
    config = {
        "channels": args.channels, "scale": args.scale, "timesteps": 100, "schedule": "cosine", "residual_rescale": 2.0,
        "rrdb": {"features": args.features, "blocks": args.blocks}, "unet": {"dim": args.dim, "mults": mults},
        "intensity": {"kind": "percentile", "of": "positive voxels", "percentile": 99.5, "range": [0, 1]},
        "degradation": "mean over blocks of synthetic ellipses; a model for tests only",
    }
    metadata = None if args.bare else {"format": "srdiff", "license": "CC0-1.0", "config": json.dumps(config)}
    save_file(state, args.output, metadata)
    os.chmod(args.output, 0o644)


@torch.no_grad()
def make_golden(args):
    model, metadata = SRDiff.load(args.model)
    shape = model.shape
    T = json.loads(metadata.get("config", "{}")).get("timesteps", 100)
    generator = torch.Generator().manual_seed(args.seed)
    h, w = args.lr_size
    H, W, C = h * shape["scale"], w * shape["scale"], shape["channels"]
    lr = smooth_images(args.items, C, h, w, generator)
    lr = (lr + 0.05 * torch.randn(lr.shape, generator=generator)).clamp(-1, 1)
    t = torch.tensor([(7 + 43 * i) % T for i in range(args.items)])
    x = torch.randn((args.items, C, H, W), generator=generator)
    condition = model.condition(lr.double())
    golden = {
        "lr": lr, "x_t": x, "t": t, "condition": condition,
        "epsilon": model.denoise_fn(x.double(), t, condition), "encoder_image": model.encoder_image(lr.double()),
    }
    if args.sampling:
        noise = torch.randn((T + 1, 1, C, H, W), generator=generator)
        first = condition[:1]
        golden["noise"] = noise
        golden["residual"] = ancestral(
            lambda x, t: model.denoise_fn(x, torch.tensor([t]), first), noise.double(), T)
    for name in args.without:
        golden.pop(name)
    golden = {k: v if v.dtype == torch.int64 else v.float().contiguous() for k, v in golden.items()}
    save_file(golden, args.output)
    os.chmod(args.output, 0o644)
    for name, value in golden.items():
        magnitude = value.double().abs()
        print(f"{name:14} {str(list(value.shape)):22} largest {magnitude.max():.5f} mean magnitude {magnitude.mean():.5f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    tiny = commands.add_parser("tiny")
    tiny.add_argument("output")
    tiny.add_argument("--scale", type=int, default=2)
    tiny.add_argument("--channels", type=int, default=1)
    tiny.add_argument("--features", type=int, default=8)
    tiny.add_argument("--blocks", type=int, default=2)
    tiny.add_argument("--dim", type=int, default=4)
    tiny.add_argument("--mults", default="1,2,2,4")
    tiny.add_argument("--dtype", default="F16")
    tiny.add_argument("--train", type=int, default=400, help="updates")
    tiny.add_argument("--buffers", action="store_true", help="store the twelve schedule buffers too")
    tiny.add_argument("--bare", action="store_true", help="store no metadata")
    tiny.add_argument("--seed", type=int, default=1)
    tiny.set_defaults(run=make_tiny)
    golden = commands.add_parser("golden")
    golden.add_argument("model")
    golden.add_argument("output")
    golden.add_argument("--lr-size", type=int, nargs=2, default=[8, 12], metavar=("h", "w"))
    golden.add_argument("--items", type=int, default=2)
    golden.add_argument("--sampling", action="store_true")
    golden.add_argument("--without", nargs="*", default=[], help="tensors to leave out")
    golden.add_argument("--seed", type=int, default=2)
    golden.set_defaults(run=make_golden)
    inspect = commands.add_parser("inspect")
    inspect.add_argument("model")
    inspect.set_defaults(run=lambda args: print(SRDiff.load(args.model)[0].shape))
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
