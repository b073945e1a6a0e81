"""What Ultralytics' optimizers do to depthwise kernels: `OMP_NUM_THREADS=1 python docs/studies/depthwise_steps.py`.

The size of one step, for the layers of yolov5n and yolov5n-slicesamp, from gradients of the real loss on made-up
pictures; the Muon part of a step alone; and what weight decay does to a kernel alone.
"""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from ultralytics import YOLO
from ultralytics.cfg import get_cfg
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.optim import MuSGD
from ultralytics.optim.muon import muon_update

STEPS = 10


def optimizer_of(model: nn.Module, name: str, rate: float, momentum: float) -> torch.optim.Optimizer:
    """Build the optimizer as a training does, groups and all."""
    trainer = SimpleNamespace(args=SimpleNamespace(lr0=rate, warmup_bias_lr=0.0, optimizer=name), data={"nc": 4})
    return DetectionTrainer.build_optimizer(trainer, model, name, rate, momentum, 5e-4, 1e5)


def kinds(model: nn.Module) -> dict[str, str]:
    """Name the kind of each kernel: parameter name -> what its steps are reported under."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d) and module.weight.requires_grad:
            if name.endswith("depthwise.conv"):
                found[f"{name}.weight"] = "depthwise of SliceSamp"
            elif name.endswith("pointwise.conv"):
                found[f"{name}.weight"] = "pointwise of SliceSamp"
            elif module.stride == (2, 2):
                found[f"{name}.weight"] = "strided 3x3 or stem"
            elif module.groups == 1 and module.kernel_size == (3, 3):
                found[f"{name}.weight"] = "other 3x3"
    return found


def one_batch(seed: int) -> dict[str, Any]:
    """Noise with 12 boxes: gradients of the right kind and size, at no cost."""
    g = torch.Generator().manual_seed(seed)
    boxes = torch.cat([torch.rand(12, 2, generator=g) * 0.6 + 0.2, torch.rand(12, 2, generator=g) * 0.3 + 0.05], 1)
    return {
        "img": torch.rand(4, 3, 96, 96, generator=g),
        "cls": torch.randint(0, 4, (12, 1), generator=g).float(),
        "bboxes": boxes,
        "batch_idx": torch.arange(4).repeat_interleave(3).float(),
    }


def steps(file: str, name: str, rate: float, momentum: float) -> None:
    """Print how far a kernel's filters move in a step, relative to their norm: median over filters and steps."""
    torch.manual_seed(0)
    model = YOLO(file).model
    model.args = get_cfg()
    for p in model.parameters():
        p.requires_grad_(True)
    model.model[-1].dfl.conv.weight.requires_grad_(False)
    optimizer = optimizer_of(model, name, rate, momentum)
    named, moved, total = dict(model.named_parameters()), defaultdict(list), {}
    which = kinds(model)
    start = {key: named[key].detach().clone() for key in which}
    model.train()
    for step in range(STEPS):
        optimizer.zero_grad()
        model(one_batch(step))[0].sum().backward()
        before = {key: named[key].detach().clone() for key in which}
        optimizer.step()
        for key, kind in which.items():
            if step >= STEPS // 2:
                moved[kind].append(relative(named[key].detach() - before[key], before[key]))
    for key, kind in which.items():
        total.setdefault(kind, []).append(relative(named[key].detach() - start[key], start[key]))
    for kind in sorted(moved):
        row = [torch.cat(values[kind]).median().item() for values in (moved, total)]
        print(f"{name:6} {file:24} {kind:24} step {row[0]:.4f}  after {STEPS} steps {row[1]:.3f}", flush=True)


def relative(change: Tensor, weight: Tensor) -> Tensor:
    """Return, for each filter, the norm of its change over its norm."""
    return change.flatten(1).norm(dim=1) / weight.flatten(1).norm(dim=1)


def muon_scale() -> None:
    """Print the norm of the Muon step of one filter over that of its start, for kernels with random gradients."""
    for shape, name in (
        ((128, 64, 3, 3), "dense"),
        *(((c, 1, 3, 3), f"depthwise, {c} channels") for c in (64, 256, 1024)),
    ):
        torch.manual_seed(0)
        conv = nn.Conv2d(shape[0] if shape[1] == 1 else shape[1], shape[0], 3, groups=shape[0] if shape[1] == 1 else 1)
        gradient = torch.randn(shape)
        update = muon_update(gradient, torch.zeros(shape))
        print(f"Muon   {name:24} step over start {relative(update, conv.weight.detach()).median():.3f}")


def decay_alone(length: int = 30_000) -> None:
    """Print what weight decay makes of a kernel in a long training, rate falling to 1 %, if gradients did nothing."""
    for name, rate, momentum in (("AdamW", 0.0014, 0.9), ("SGD", 0.01, 0.937), ("MuSGD", 0.01, 0.9)):
        kernel = nn.Parameter(torch.full((4, 1, 3, 3), 1 / 6))
        common = {"lr": rate, "weight_decay": 5e-4}
        if name == "AdamW":
            optimizer: torch.optim.Optimizer = torch.optim.AdamW([kernel], betas=(momentum, 0.999), **common)
        else:
            more = {"use_muon": True, "muon": 0.2, "sgd": 1.0} if name == "MuSGD" else {}
            optimizer = (MuSGD if more else torch.optim.SGD)(
                [kernel], momentum=momentum, nesterov=True, **common, **more
            )
        kernel.grad = torch.zeros_like(kernel)
        for step in range(length):
            optimizer.param_groups[0]["lr"] = rate * (1 - 0.99 * step / length)
            optimizer.step()
        print(f"{name:6} decay alone, {length} steps: norm 0.5 -> {kernel[0].norm().item():.3f}", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)
    muon_scale()
    decay_alone()
    for file in ("yolov5n.yaml", "yolov5n-slicesamp.yaml"):
        for name, rate, momentum in (("AdamW", 0.0014, 0.9), ("SGD", 0.01, 0.937), ("MuSGD", 0.01, 0.9)):
            steps(file, name, rate, momentum)
