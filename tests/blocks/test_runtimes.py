"""All blocks beside one another: mixed precision, and exported together to what the contract leaves out."""

import warnings
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from yolo_slice.blocks import BLOCKS
from yolo_slice.testing.laws import C1, evaluated

NAMES = [name for name, entry in BLOCKS.items() if not entry.quadruples]


class Beside(nn.Module):
    """All blocks on one map."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(evaluated(BLOCKS[name].cls, C1) for name in NAMES)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(block(x) for block in self.blocks)


@pytest.mark.parametrize("name", NAMES)
def test_mixed_precision_is_near_and_learns(name: str) -> None:
    block, x = evaluated(BLOCKS[name].cls, C1), torch.randn(2, C1, 6, 10)
    wanted = block(x)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = block(x)
        block.train()(x).float().square().sum().backward()
    assert (mixed.float() - wanted).abs().max() < 0.03 * wanted.abs().max()
    assert all(p.grad is None or p.grad.isfinite().all() for p in block.parameters())


@torch.no_grad()
@pytest.mark.apart
@pytest.mark.parametrize("size", [(8, 12), (7, 9)])
def test_openvino_and_torchscript_compute_the_same(size: tuple[int, int], tmp_path: Path) -> None:
    openvino = pytest.importorskip("openvino")
    model, x = Beside().eval(), torch.randn(2, C1, *size, generator=torch.Generator().manual_seed(1))
    file = tmp_path / "all.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (torch.zeros_like(x),), file, input_names=["x"], opset_version=17, dynamo=False)
        traced = torch.jit.trace(model, torch.zeros_like(x))
        larger = torch.randn(1, C1, size[0] + 4, size[1] + 8)  # the same remainder
        for name, ours, theirs in zip(NAMES, traced(larger), model(larger), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
    compiled = openvino.Core().compile_model(str(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled(x.numpy())
    for i, (name, wanted) in enumerate(zip(NAMES, model(x), strict=True)):
        ours = torch.from_numpy(found[compiled.output(i)])
        assert (ours - wanted).abs().max() < 1e-5 * max(1.0, float(wanted.abs().max())), name
