"""Models whose scores and maps can be worked out by hand, and stock models with random but lively scores."""

import copy
import functools
import importlib

import pytest
import torch
from torch import Tensor, nn
from ultralytics.nn import tasks
from ultralytics.nn.modules import Classify, Detect

TASKS = {
    "seg": tasks.SegmentationModel,
    "pose": tasks.PoseModel,
    "obb": tasks.OBBModel,
    "cls": tasks.ClassificationModel,
}
# The smallest detector that Ultralytics builds; its layers are exchanged.
SHELL = {"nc": 1, "backbone": [[-1, 1, "Conv", [8, 3, 2]]], "head": [[[0], 1, "Detect", ["nc"]]]}


class LinearHead(Detect):
    """A 1x1 convolution of one level is the class logit; every cell's box is the cell itself."""

    def __init__(self, weight: Tensor, bias: Tensor, cell: int) -> None:
        nn.Module.__init__(self)
        self.nc, self.nl, self.cell = len(weight), 1, cell
        self.stride = torch.tensor([float(cell)])
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)
        self.f, self.i = [0], 1

    def class_logits(self, raw: Tensor) -> Tensor:
        return raw.flatten(2)

    def forward(self, features: list[Tensor]) -> tuple[Tensor, Tensor]:
        raw = torch.einsum("ck,bkhw->bchw", self.weight, features[0]) + self.bias[:, None, None]
        rows, columns = raw.shape[-2:]
        y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
        side = torch.ones_like(x)
        boxes = torch.stack([x, y, side, side]).flatten(1) * self.cell
        return torch.cat([boxes.expand(len(raw), -1, -1), raw.flatten(2).sigmoid()], 1), raw


class Body(nn.Module):
    """A convolution without overlap."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.f, self.i = -1, 0

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.conv2d(x, self.weight, stride=self.weight.shape[-1])


def two_layers(body: Tensor, head: Tensor, bias: Tensor) -> nn.Module:
    """A model of two layers: a convolution, body (K, 3, s, s), and a linear head (nc, K) with bias (nc,)."""
    model = tasks.DetectionModel(copy.deepcopy(SHELL), nc=len(head), verbose=False)
    model.model = nn.Sequential(Body(body), LinearHead(head, bias, body.shape[-1]))
    model.stride, model.save = torch.tensor([float(body.shape[-1])]), [0]
    return model.eval()


def brightness_detector(cell: int = 8) -> nn.Module:
    """Finds what is brighter than 0.6: one channel, the mean brightness of a cell, and one class."""
    return two_layers(torch.full((1, 3, cell, cell), 1 / (3 * cell**2)), torch.tensor([[40.0]]), torch.tensor([-24.0]))


def lively(name: str, end2end: bool | None = None) -> nn.Module:
    """Return a stock model of 4 classes whose random weights give scores all over [0, 1]."""
    model = copy.deepcopy(_built(name))
    if end2end is not None:
        model.model[-1].end2end = end2end
    return model


@functools.cache
def _built(name: str, nc: int = 4) -> nn.Module:
    torch.manual_seed(0)
    kind = TASKS.get(name.removesuffix(".yaml").rpartition("-")[2], tasks.DetectionModel)
    model = kind(name, nc=nc, verbose=False)
    images = nn.functional.interpolate(torch.rand(64, 3, 8, 8), (64, 64), mode="bicubic").clamp(0, 1)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average: the statistics of the images below
    with torch.no_grad():
        model.train()(images)
    for norm in norms:
        norm.momentum = 0.03
    hooks = [last.register_forward_hook(_spread) for last in last_layers(model.model[-1])]
    with torch.no_grad():
        model.eval()(images)
    for hook in hooks:
        hook.remove()
    return model


def _spread(last: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
    """Give the last layer random weights that make logits of mean 0 and deviation 1.5 of these inputs."""
    nn.init.normal_(last.weight)
    nn.init.zeros_(last.bias)
    logits = nn.functional.conv2d(*inputs, last.weight) if output.dim() == 4 else inputs[0] @ last.weight.T
    last.weight *= 1.5 / logits.std()
    last.bias -= logits.mean() * 1.5 / logits.std()
    return output


def last_layers(head: nn.Module) -> list[nn.Module]:
    """The layers that give class logits."""
    if isinstance(head, Classify):
        return [head.linear]
    branches = [head.cv3, getattr(head, "one2one_cv3", None)]
    return [level[-1] for branch in branches if branch is not None for level in branch]


def skip_without_rtdetr() -> None:
    """Skip where this version of Ultralytics cannot run RT-DETR: 8.4.0 needs scipy for it, and does not ask for it."""
    try:
        importlib.import_module("ultralytics.models.utils.ops")
    except ModuleNotFoundError as error:
        pytest.skip(f"RT-DETR: {error}")
