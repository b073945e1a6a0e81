"""UPerNet's head: against an independent implementation, in each mode, and what it exports."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import SwinTransformer

from yolo_slice.complexity.upernet import SwinUPerNet
from yolo_slice.errors import SliceError
from yolo_slice.segmentation.pyramid_pooling import pool_to

segment = pytest.importorskip(
    "yolo_slice.segmentation.uper_semantic_segment",
    reason="this ultralytics has no semantic segmentation",
    exc_type=ImportError,
)
WIDTHS = (16, 32, 64, 128)


def head(nc: int = 5, **state: Any) -> nn.Module:
    torch.manual_seed(0)
    module = segment.UPerSemanticSegment(nc, 16, 8, WIDTHS)
    vars(module).update(state)
    return module


def maps(height: int = 16, width: int = 24, batch: int = 2) -> list[Tensor]:
    random = torch.Generator().manual_seed(1)
    sides = [(-(-height // 2**i), -(-width // 2**i)) for i in range(4)]
    return [torch.randn(batch, c, *hw, generator=random) for c, hw in zip(WIDTHS, sides, strict=True)]


@pytest.mark.parametrize("hw", [(6, 6), (2, 3), (1, 1), (7, 11), (17, 5), (16, 16)])
@pytest.mark.parametrize("size", segment.POOL_SIZES)
def test_pooling_is_torchs_and_so_is_its_gradient(hw: tuple[int, int], size: int) -> None:
    x = torch.randn(2, 3, *hw, dtype=torch.float64, requires_grad=True)
    ours, theirs = pool_to(x, size), F.adaptive_avg_pool2d(x, size)
    torch.testing.assert_close(ours, theirs)
    gradients = (torch.autograd.grad(y.square().sum(), x)[0] for y in (ours, theirs))
    torch.testing.assert_close(*gradients)


@torch.no_grad()
@pytest.mark.parametrize("is_training", [False, True])
def test_it_is_upernet_as_counted_for_the_papers_table(is_training: bool) -> None:
    """That network was written for its numbers of operations, from mmsegmentation's description."""
    torch.manual_seed(0)
    swin = SwinTransformer([4, 4], 16, [1] * 4, [1] * 4, [2, 2], stochastic_depth_prob=0.0)
    theirs = SwinUPerNet(swin.features, WIDTHS, 16, 8)
    ours = head(150)
    skipped = len(theirs.features.state_dict()) + len(theirs.norms.state_dict())
    values = [*theirs.state_dict().values()][skipped:]
    assert len(values) == len(ours.state_dict())
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    x = torch.randn(2, 3, 100, 72)
    maps = zip(theirs.norms, raw(theirs, x), strict=True)
    stages = [norm(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) for norm, y in maps]
    for model in (theirs, ours):
        model.train(is_training)
        for m in model.modules():
            if isinstance(m, nn.Dropout2d):
                m.eval()
    torch.testing.assert_close(ours(stages), theirs(x), atol=1e-5, rtol=1e-5)


def raw(model: SwinUPerNet, x: Tensor) -> list[Tensor]:
    found = []
    for i, layer in enumerate(model.features):
        x = layer(x)
        found += [x.permute(0, 3, 1, 2)] * (i % 2)
    return found


def test_each_mode_gives_what_ultralytics_expects_of_its_own_head() -> None:
    module, x = head(), maps()
    main, auxiliary = module.train()(x)
    assert (main.shape, auxiliary.shape) == ((2, 5, 16, 24), (2, 5, 4, 6))
    logits = module.eval()(x)
    assert logits.shape == (2, 5, 16, 24)
    vars(module).update(export=True, format="torchscript")
    exported = module(x)
    torch.testing.assert_close(exported, F.interpolate(logits, scale_factor=4, mode="bilinear"))
    for format in ("onnx", "openvino", "mnn"):
        module.format = format
        classes = module(x)
        assert (classes.dtype, classes.shape) == (torch.uint8, (2, 64, 96))
        assert torch.equal(classes.long(), exported.argmax(1))
    module.format = "engine"
    assert module(x).shape == exported.shape
    module.bake_argmax = True
    assert torch.equal(module(x), classes)


def test_one_class_is_there_or_not_and_many_need_more_than_a_byte() -> None:
    single = head(1, export=True, format="onnx").eval()
    vars(single).update(format="torchscript")
    logits = single(maps())
    single.format = "onnx"
    assert torch.equal(single(maps()), (logits[:, 0] > 0).byte())
    assert head(300, export=True, format="onnx").eval()(maps()).dtype == torch.int32


def test_every_parameter_learns() -> None:
    module = head().train()
    sum(y.square().sum() for y in module(maps())).backward()
    assert not [name for name, p in module.named_parameters() if p.grad is None or not p.grad.any()]


def test_a_last_batch_of_one_image_trains() -> None:
    """BatchNorm refuses the single value of a channel that the mean over the whole map is."""
    module = head().train()
    before = module.pyramid[0].bn.running_mean.clone()
    main, _ = module(maps(batch=1))
    main.sum().backward()
    assert torch.equal(module.pyramid[0].bn.running_mean, before)
    assert module.pyramid[0].conv.weight.grad is not None


@torch.no_grad()
def test_odd_sizes_and_mixed_precision() -> None:
    module = head().eval()
    x = maps(13, 21)
    logits = module(x)
    assert logits.shape == (2, 5, 13, 21)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = module(x).float()
    assert (mixed - logits).abs().max() < 0.05 * logits.abs().max()


def test_maps_from_coarse_to_fine_are_refused() -> None:
    head = segment.UPerSemanticSegment(5, 8, 8, (8, 16))
    with pytest.raises(SliceError, match=r"from fine to coarse, these are of heights \[4, 8\]"):
        head([torch.zeros(1, 8, 4, 4), torch.zeros(1, 16, 8, 8)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 8, 8, WIDTHS), "nc must be a positive integer"), ((5, 8, 8, (8,)), "must be two maps or more, not 1")],
)
def test_mistakes_are_explained(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        segment.UPerSemanticSegment(*arguments)
