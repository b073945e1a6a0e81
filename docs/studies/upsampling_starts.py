"""Candidate starts of SliceUpsamp, on a toy: `OMP_NUM_THREADS=1 python docs/studies/upsampling_starts.py`."""

import sys
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from shapes_toy import Net, train
from torch import Tensor, nn

from yolo_slice import SliceSamp, SliceUpsamp

STEPS, SEEDS = 60, 2


def taps(block: SliceUpsamp, kernel: Tensor) -> SliceUpsamp:
    """Start all depthwise kernels as `kernel`, (3, 3) or (c, 1, 3, 3), scaled to norm 0.5, with a little noise."""
    weight = block.depthwise.conv.weight
    kernel = kernel / kernel.norm(dim=(-2, -1), keepdim=True)
    weight.data = 0.5 * (kernel + 0.05 * torch.randn_like(weight))
    return block


def delta(c1: int, c2: int) -> SliceUpsamp:
    """Each pixel keeps its own quarter of the channels."""
    return taps(SliceUpsamp(c1, c2), F.one_hot(torch.tensor(4), 9).view(3, 3).float())


def shifts(c1: int, c2: int) -> SliceUpsamp:
    """Channel q looks at pixel q mod 9 of the neighbourhood, so that each pixel sees parts of all four groups."""
    return taps(SliceUpsamp(c1, c2), F.one_hot(torch.arange(c1 // 4) % 9, 9).view(-1, 1, 3, 3).float())


def box(c1: int, c2: int) -> SliceUpsamp:
    """The mean of the four groups, nearly: the pixels of a cell start alike, as after nearest upsampling."""
    side = torch.tensor([1.0, 2.0, 1.0])
    return taps(SliceUpsamp(c1, c2), side[:, None] * side)


def copies(c1: int, c2: int) -> SliceUpsamp:
    """As `delta`, and every output channel copies one of the quarter: the least squares fit to nearest upsampling."""
    block = delta(c1, c2)
    weight = block.pointwise.conv.weight
    weight.data = (
        torch.eye(c1 // 4).repeat(-(-4 * c2 // c1), 1)[:c2, :, None, None] + 0.1 * torch.randn_like(weight)
    ) / 4
    return block


CANDIDATES: dict[str, Callable[[int, int], nn.Module]] = {
    "nearest upsampling": lambda c1, c2: nn.Upsample(scale_factor=2.0),
    "paper": partial(SliceUpsamp, init="paper"),
    "linear (bias 2)": SliceUpsamp,
    "bias 2, centre taps": delta,
    "bias 2, one shifted tap": shifts,
    "bias 2, binomial taps": box,
    "bias 2, centre taps, pointwise copies": copies,
}


def readout(block: nn.Module) -> float:
    """The share of nearest upsampling's variance that one 3x3 convolution could read from the block's output."""
    x = F.avg_pool2d(torch.randn(32, 32, 18, 18, generator=torch.Generator().manual_seed(3)), 3, 1)
    x = (x - x.mean()) / x.std()
    with torch.no_grad():
        given = F.unfold(block.train()(x), 3)
        wanted = F.interpolate(x, scale_factor=2.0)[..., 1:-1, 1:-1].flatten(2)
    a, z = (t.transpose(1, 2).flatten(0, 1).double() for t in (given, wanted))
    a, z = a - a.mean(0), z - z.mean(0)
    ridge = 1e-3 * len(a) * torch.eye(a.shape[1], dtype=a.dtype)
    weights = torch.linalg.solve(a.T @ a + ridge, a.T @ z)
    return 1 - ((z - a @ weights).square().sum() / z.square().sum()).item()


def main(steps: int, seeds: int) -> None:
    """Train the toy with every candidate; print losses, also relative to nearest upsampling with the same seed."""
    adamw = partial(torch.optim.AdamW, lr=0.002, weight_decay=5e-4)
    baseline: list[float] = []
    for name, up in CANDIDATES.items():
        losses, hits = [], []
        for seed in range(seeds):
            torch.manual_seed(seed)
            loss, hit = train(Net(SliceSamp, up), lambda net: adamw(net.parameters()), seed, steps)
            losses.append(loss)
            hits.append(hit)
        torch.manual_seed(0)
        share = readout(up(32, 32))
        baseline = baseline or losses
        difference = torch.tensor(losses) - torch.tensor(baseline)
        print(
            f"{name:40} loss {sum(losses) / seeds:.4f}  over nearest {difference.mean():+.4f} +- {difference.std():.4f}"
            f"  accuracy {sum(hits) / seeds:.4f}  readout R2 {share:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*map(int, sys.argv[1:])) if sys.argv[1:] else main(STEPS, SEEDS)
