"""A toy for experiments with blocks: which shape covers each cell of a 32 x 32 picture, learned in seconds."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

CLASSES = 4  # nothing, disc, square, cross
Block = Callable[[int, int], nn.Module]


def pictures(batch: int, generator: torch.Generator, size: int = 32) -> tuple[Tensor, Tensor]:
    """Draw pictures (B, 3, size, size), 2 shapes each on noise, and each 4 x 4 cell's class, (B, size/4, size/4)."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    x = torch.randn(batch, 3, size, size, generator=generator) * 0.5
    classes = torch.zeros(batch, size, size, dtype=torch.long)
    for _ in range(2):
        cy, cx = (torch.randint(3, size - 3, (batch, 1, 1), generator=generator) for _ in "yx")
        radius = torch.randint(2, 6, (batch, 1, 1), generator=generator)
        kind = torch.randint(1, CLASSES, (batch, 1, 1), generator=generator)
        dy, dx = (rows - cy).abs(), (columns - cx).abs()
        inside = [dy**2 + dx**2 <= radius**2, (dy <= radius) & (dx <= radius), (torch.minimum(dy, dx) <= radius // 3)]
        inside[2] = inside[2] & (torch.maximum(dy, dx) <= radius)
        mask = sum(((kind == i + 1) & shape) for i, shape in enumerate(inside)).bool()
        colour = torch.randn(batch, 3, 1, 1, generator=generator)
        x = torch.where(mask[:, None], x * 0.5 + colour, x)
        classes = torch.where(mask, kind, classes)
    return x, classes[:, 2::4, 2::4]


class Net(nn.Module):
    """Stem, three down-samplings, two up-samplings with skips: the resolutions of a detector, a few channels."""

    def __init__(self, down: Block, up: Block) -> None:
        super().__init__()
        self.stem = Conv(3, 16, 3, 2)
        self.down2, self.mix2 = down(16, 32), Conv(32, 32, 3)  # 1/4
        self.down3, self.mix3 = down(32, 64), Conv(64, 64, 3)  # 1/8
        self.down4, self.mix4 = down(64, 64), Conv(64, 64, 3)  # 1/16
        self.lateral3, self.up3, self.out3 = Conv(64, 32, 1), up(32, 32), Conv(96, 64, 3)
        self.lateral2, self.up2, self.out2 = Conv(64, 32, 1), up(32, 32), Conv(64, 32, 3)
        self.head = nn.Conv2d(32, CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        x2 = self.mix2(self.down2(self.stem(x)))
        x3 = self.mix3(self.down3(x2))
        x4 = self.mix4(self.down4(x3))
        y3 = self.out3(torch.cat([self.up3(self.lateral3(x4)), x3], 1))
        y2 = self.out2(torch.cat([self.up2(self.lateral2(y3)), x2], 1))
        return self.head(y2)


def batches(seed: int, steps: int, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield new pictures and their classes, the same ones for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        yield pictures(batch, generator)


MakeOptimizer = Callable[[nn.Module], torch.optim.Optimizer]


def train(net: Net, make: MakeOptimizer, seed: int, steps: int, batch: int = 16) -> tuple[float, float]:
    """Train a net, its rate falling linearly; return loss, and accuracy on cells with a shape, on new pictures."""
    optimizer = make(net)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1, (step + 1) / 20) * (1 - step / steps))
    net.train()
    for x, wanted in batches(1000 + seed, steps, batch):
        optimizer.zero_grad()
        F.cross_entropy(net(x), wanted).backward()
        optimizer.step()
        schedule.step()
    net.eval()
    with torch.no_grad():
        outputs, wanted = zip(*((net(x), wanted) for x, wanted in batches(7, 16, 32)), strict=True)
    output, truth = torch.cat(outputs), torch.cat(wanted)
    covered = truth > 0
    return F.cross_entropy(output, truth).item(), (output.argmax(1) == truth)[covered].float().mean().item()
