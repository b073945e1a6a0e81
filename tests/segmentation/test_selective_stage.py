"""A selective stage: all kept it is a dilated stage, none kept a strided one, and a list of points changes nothing."""

import copy
import pickle
from typing import Any

import pytest
import torch
from selective import enliven, fold, live_stage, on_map, with_mask
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.resnet import Bottleneck, ResNet

from yolo_slice.segmentation.edge_strength import EdgeStrength
from yolo_slice.segmentation.effective_macs import count_points, dense_macs, effective_macs
from yolo_slice.segmentation.learned_mask import LearnedMask
from yolo_slice.segmentation.point_list import run_on_points
from yolo_slice.segmentation.selective_stage import SelectiveStage

NAMES = {"downsample.0": "shortcut.conv", "downsample.1": "shortcut.bn"}
NAMES |= {f"{kind}{i}": f"cv{i}.{kind}" for kind in ("conv", "bn") for i in (1, 2, 3)}
SIZES = [(8, 6), (9, 7)]


def torchvision_stage(dilate: bool) -> nn.Sequential:
    """A stage of torchvision's ResNet from 8 to 16 channels that strides, or is dilated instead."""
    net = ResNet(Bottleneck, [1, 1, 1, 1])
    net.inplanes = 8
    torch.manual_seed(1)
    return enliven(net._make_layer(Bottleneck, 4, 3, stride=2, dilate=dilate)).eval()


@pytest.fixture(scope="module")
def stages() -> tuple[nn.Sequential, nn.Sequential]:
    """The strided one and the dilated one, with the same weights."""
    strided, dilated = torchvision_stage(False), torchvision_stage(True)
    dilated.load_state_dict(strided.state_dict())
    return strided, dilated


def ours(mode: str, weights: nn.Sequential) -> SelectiveStage:
    """Our stage with the weights of torchvision's."""
    stage = SelectiveStage(8, 16, 3, mode).eval()
    state = {}
    for name, value in weights.state_dict().items():
        block, _, rest = name.partition(".")
        layer, _, tensor = rest.rpartition(".")
        state[f"blocks.{block}.{NAMES[layer]}.{tensor}"] = value
    missing, unexpected = stage.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(name.startswith("learned_mask.") for name in missing)
    return stage


@torch.no_grad()
@pytest.mark.parametrize("hw", SIZES)
def test_all_kept_is_torchvisions_dilated_stage(stages: Any, hw: tuple[int, int]) -> None:
    x, (_, dilated) = torch.randn(2, 8, *hw), stages
    ones = torch.ones(-(-hw[0] // 2), -(-hw[1] // 2))
    torch.testing.assert_close(ours("dilated", dilated)(x), dilated(x), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(with_mask(ours("learned", dilated), ones)(x), dilated(x), atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("hw", SIZES)
def test_none_kept_is_torchvisions_strided_stage(stages: Any, hw: tuple[int, int]) -> None:
    x, (strided, _) = torch.randn(2, 8, *hw), stages
    wanted = strided(x)
    zeros = torch.zeros(wanted.shape[-2:])
    for stage in (ours("strided", strided), with_mask(ours("learned", strided), zeros)):
        y = stage(x)
        assert y.shape[-2:] == hw
        torch.testing.assert_close(y[..., ::2, ::2], wanted, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(y[..., 1::2, 1::2], wanted[..., : hw[0] // 2, : hw[1] // 2], atol=1e-5, rtol=1e-5)


def masks() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    one = torch.zeros(4, 5)
    one[2, 3] = 1
    last = torch.zeros(4, 5)
    last[-1, -1] = 1
    some = {str(p): (torch.rand(4, 5, generator=random) < p).float() for p in (0.1, 0.5, 0.9)}
    return {"none": torch.zeros(4, 5), "one block": one, "last block": last, "all": torch.ones(4, 5), **some}


@torch.no_grad()
@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("hw", [(8, 10), (7, 9), (8, 9)])
def test_points_give_what_the_map_gives(hw: tuple[int, int], folded: bool) -> None:
    x = torch.randn(1, 8, *hw)
    for name, mask in masks().items():
        stage = with_mask(live_stage(), mask)
        if folded:
            fold(stage)
        wanted = on_map(stage, x)
        found = run_on_points(stage.blocks, x, mask[None, None])
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5, msg=lambda text, name=name: f"{name}: {text}")
        assert found.std() > 0.1
    for size in ((1, 1), (2, 1), (1, 3)):
        x = torch.randn(1, 8, *size)
        mask = torch.zeros(-(-size[0] // 2), -(-size[1] // 2))
        torch.testing.assert_close(with_mask(live_stage(), mask)(x), on_map(stage_of(mask), x), atol=1e-5, rtol=1e-5)


def stage_of(mask: torch.Tensor) -> SelectiveStage:
    return with_mask(live_stage(), mask)


@torch.no_grad()
def test_a_list_of_points_is_used_for_one_image_of_which_little_is_kept() -> None:
    nine, ten = torch.zeros(4, 5).flatten(), torch.zeros(4, 5).flatten()
    nine[:9], ten[:10] = 1, 1  # of 20 blocks: 0.45 and 0.5
    x = torch.randn(1, 8, 8, 10)

    def by_points(stage: SelectiveStage, x: torch.Tensor = x) -> bool:
        stage(x)
        assert stage.last is not None
        return stage.last.by_points

    assert by_points(stage_of(nine.view(4, 5)))
    assert not by_points(stage_of(ten.view(4, 5)))
    assert not by_points(stage_of(nine.view(4, 5)), x.repeat(2, 1, 1, 1))
    assert not by_points(stage_of(nine.view(4, 5)).train())
    seen: list[Any] = []
    watched = stage_of(nine.view(4, 5))
    watched.blocks[1].cv2.register_forward_hook(lambda *_: seen.append(1))
    assert not by_points(watched)
    assert seen == [1]


@torch.no_grad()
@pytest.mark.parametrize("hw", [(8, 10), (7, 9)])
def test_effective_macs_are_those_that_torch_counts(hw: tuple[int, int]) -> None:
    x = torch.randn(1, 8, *hw)
    stage = live_stage()
    learned = stage.learned_mask
    assert learned is not None
    torch.nn.init.constant_(learned.blocks[-1].bias[1:], 9.0)  # all coarse: none of the mask's cost is skipped
    with FlopCounterMode(display=False) as counter:
        stage(x)
    assert stage.last is not None
    assert stage.last.by_points
    assert counter.get_total_flops() == 2 * effective_macs(stage, x)
    for mode in ("dilated", "strided"):
        stage = live_stage(mode=mode)
        with FlopCounterMode(display=False) as counter:
            stage(x)
        assert counter.get_total_flops() == 2 * effective_macs(stage, x)
        assert (effective_macs(stage, x) == dense_macs(stage, x)) == (mode == "dilated")


def test_points_counted_by_hand() -> None:
    mask = torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    assert count_points(mask, torch.zeros(1, 1, 4, 4)) == 4 + 1 + 1 + 4
    assert count_points(mask, torch.zeros(1, 1, 3, 3)) == 4 + 1 + 1 + 1
    rho = mask.mean().item()
    assert count_points(mask, torch.zeros(1, 1, 4, 4)) == 16 * (rho + (1 - rho) / 4)


def test_a_learned_mask_is_drawn_in_training_and_gets_a_gradient() -> None:
    torch.manual_seed(0)
    stage = SelectiveStage(8, 16, 2).train()
    x = torch.randn(2, 8, 16, 16)
    stage(x).square().mean().backward()
    assert stage.last is not None
    first = stage.last.mask.detach().round(decimals=5)
    assert set(first.unique().tolist()) == {0.0, 1.0}
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in stage.parameters())
    stage(x)
    assert not torch.equal(first, stage.last.mask.detach().round(decimals=5))
    stage.eval()
    stage(x)
    again = stage.last.mask
    stage(x)
    assert torch.equal(again, stage.last.mask)
    assert set(again.unique().tolist()) <= {0.0, 1.0}


def test_copies_and_checkpoints_have_nothing_of_the_last_step() -> None:
    stage = SelectiveStage(8, 16, 2).train()
    stage(torch.randn(2, 8, 8, 8))
    assert stage.last is not None
    assert copy.deepcopy(stage).last is None
    assert pickle.loads(pickle.dumps(stage)).last is None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
@torch.no_grad()
def test_other_precisions(dtype: torch.dtype) -> None:
    x = torch.randn(1, 8, 9, 7)
    mask = torch.zeros(5, 4)
    mask[1, 1] = 1
    wanted, stage = stage_of(mask)(x), stage_of(mask).to(dtype)
    for y in (stage(x.to(dtype)), on_map(stage, x.to(dtype))):
        assert y.dtype == dtype
        assert (y.float() - wanted).abs().max() < 0.1 * wanted.abs().max()


@torch.no_grad()
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_traced_stage_selects_anew_in_every_image() -> None:
    stage = live_stage()
    torch.manual_seed(3)
    a, b = torch.randn(1, 8, 16, 16), torch.randn(1, 8, 16, 16)
    stage.learned_mask.blocks[-1].bias[1] += 0.03  # pyright: ignore
    traced = torch.jit.trace(stage, a)
    kept = []
    for x in (a, b):
        torch.testing.assert_close(traced(x), on_map(stage, x), atol=1e-5, rtol=1e-5)
        kept.append(stage.last.mask[:1])  # pyright: ignore
    assert not torch.equal(*kept)


def test_edges_are_steps_from_dark_to_bright() -> None:
    image = torch.zeros(1, 3, 64, 128)
    image[..., 80:] = 1  # a step to the right, at 80; steps of 1 are 4.4 in normalised grey
    strength = EdgeStrength()(image)
    assert strength.shape == (1, 3, 8, 16)
    grey = sum(g / s for g, s in zip((0.299, 0.587, 0.114), (0.229, 0.224, 0.225), strict=True))
    # pixels 79 and 80 have it, 74 to 85 see it, of the features that is the one at 80, in the block from 8 to 11
    wanted = torch.zeros(8, 16)
    wanted[:, 8:12] = grey
    torch.testing.assert_close(strength[0, 0], wanted, atol=1e-5, rtol=1e-5)
    assert EdgeStrength()(image.flip(-1)).abs().max() < 1e-5
    assert EdgeStrength()(image.transpose(-1, -2)).max() > 4


@torch.no_grad()
def test_mode_edges_keeps_what_is_near_them() -> None:
    image = torch.zeros(1, 3, 64, 128)
    image[..., 80:] = 1
    features = torch.randn(1, 8, 8, 16)
    stage = live_stage(8 + 3, mode="edges")
    y = stage(torch.cat([features, EdgeStrength()(image)], 1))
    mask = torch.zeros(4, 8)
    mask[:, 4:6] = 1
    torch.testing.assert_close(stage.last.mask[0, 0], mask)  # pyright: ignore
    assert stage.last.by_points  # pyright: ignore
    other = with_mask(live_stage(), mask)
    other.blocks = stage.blocks
    torch.testing.assert_close(y, on_map(other, features), atol=1e-5, rtol=1e-5)


def test_the_mask_of_512_channels_is_cads() -> None:
    widths = [m.out_channels for m in LearnedMask(512).modules() if isinstance(m, nn.Conv2d)]
    assert widths == [128, 64, 64, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (8, 16, 2, "learnt"),
            "mode must be one of learned, edges, dilated, strided, not 'learnt'; did you mean",
        ),
        ((8, 16, 0), "depth must be a positive integer"),
        ((8, 16, 2, "learned", 0), "e must be a positive number, not 0"),
        ((8, 16, 2, "learned", 0.5, 1.0), "keep must be a number between 0 and 1, not 1.0"),
        ((8, 16, 2, "edges", 0.5, 0.5, "x"), "threshold must be a positive number"),
        ((3, 16, 2, "edges"), "mode edges needs features and 3 channels of EdgeStrength"),
        ((8, 16, 2, "learned", 0.5, 0.5, 0.3, "Relu"), "act must be one of"),
    ],
)
def test_mistakes_are_explained(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SelectiveStage(*arguments)


def test_edges_of_anything_but_an_image() -> None:
    with pytest.raises(ValueError, match="image with 3 channels, not 8"):
        EdgeStrength(8, 8)
    with pytest.raises(ValueError, match="c2 must be c1"):
        EdgeStrength(3, 8)
