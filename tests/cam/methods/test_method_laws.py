"""Laws that every file in cam/methods/ keeps: a new method is tested by existing."""

from pathlib import Path

import numpy as np
import pytest
import torch
import toy_models
from torch import Tensor

from yolo_slice import cam
from yolo_slice.cam.maps.merging import scale
from yolo_slice.cam.method import ActivationMethod, GradientMethod, LayerMethod, MaskingMethod, PredictionMethod
from yolo_slice.cam.method_list import list_methods, method_key, method_table
from yolo_slice.cam.methods import METHODS, method_named

DOCS = Path(__file__).parents[3] / "docs" / "cam.md"
B, K, H, W = 3, 5, 4, 6

LAYER_METHODS = [key for key, method in METHODS.items() if not issubclass(method, PredictionMethod)]
every_method = pytest.mark.parametrize("key", LAYER_METHODS)
every_gradient_method = pytest.mark.parametrize("key", [k for k, m in METHODS.items() if issubclass(m, GradientMethod)])


def make_maps(key: str, activations: Tensor, signal: Tensor) -> Tensor:
    """The maps of a batch (B, h, w); the signal (B, K, h, w) is the gradients or, averaged, the masked scores."""
    method: LayerMethod = METHODS[key]()
    if isinstance(method, GradientMethod):
        return method.map(activations, signal)
    if isinstance(method, ActivationMethod):
        return method.map(activations)
    assert isinstance(method, MaskingMethod)
    return torch.stack([method.map(a, s.mean((1, 2))) for a, s in zip(activations, signal, strict=True)])


def draw(seed: int = 0, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Activations and a signal, (B, K, H, W) each, of either sign."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(B, K, H, W, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))


@every_method
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_one_map_for_each_item_of_the_batch(key: str, dtype: torch.dtype) -> None:
    maps = make_maps(key, *draw(dtype=dtype))
    assert maps.shape == (B, H, W)
    assert maps.dtype == dtype
    assert maps.isfinite().all()
    assert maps.amax((1, 2)).min() > 0


@every_method
def test_scaled_maps_lie_between_0_and_1(key: str) -> None:
    for one in make_maps(key, *draw(1)):
        heat, peak = scale(one.float().numpy())
        assert 0 <= heat.min() <= heat.max() == 1
        assert peak > 0


@every_method
def test_items_of_a_batch_do_not_mix(key: str) -> None:
    activations, signal = draw(2)
    together = make_maps(key, activations, signal)
    for i in range(B):
        alone = make_maps(key, activations[i : i + 1], signal[i : i + 1])
        torch.testing.assert_close(alone[0], together[i])


@every_method
def test_the_order_of_channels_does_not_matter(key: str) -> None:
    activations, signal = draw(3)
    order = torch.tensor([3, 0, 4, 2, 1])
    torch.testing.assert_close(make_maps(key, activations[:, order], signal[:, order]), make_maps(key, *draw(3)))


@every_method
@pytest.mark.parametrize("dims", [(3,), (2,), (2, 3)], ids=["left-right", "up-down", "both"])
def test_mirrored_features_give_the_mirrored_map(key: str, dims: tuple[int, ...]) -> None:
    mirrored = make_maps(key, *(t.flip(dims) for t in draw(4)))
    torch.testing.assert_close(mirrored, make_maps(key, *draw(4)).flip([d - 1 for d in dims]))


@every_method
def test_inputs_are_left_as_they_were(key: str) -> None:
    activations, signal = draw(5)
    make_maps(key, activations, signal)
    for now, before in zip((activations, signal), draw(5), strict=True):
        assert torch.equal(now, before)


@every_method
def test_a_dead_layer_gives_a_blank_map(key: str) -> None:
    activations, signal = draw(6)
    assert not make_maps(key, activations * 0, signal).any()
    assert not make_maps(key, activations * 0, signal * 0).any()


@every_method
def test_channels_whose_values_cancel_give_finite_maps(key: str) -> None:
    cancelling = torch.tensor([[[[1.0, -1.0], [2.0, -2.0]]]])
    for signal in (torch.ones_like(cancelling), -torch.ones_like(cancelling)):
        assert make_maps(key, cancelling, signal).isfinite().all()


@every_gradient_method
def test_no_gradient_gives_a_blank_map(key: str) -> None:
    activations, _ = draw(7)
    assert not make_maps(key, activations, torch.zeros_like(activations)).any()


@every_gradient_method
def test_the_gradient_decides(key: str) -> None:
    """The map of one logit is not that of another: otherwise it would explain nothing."""
    activations, signal = draw(8)
    assert not torch.allclose(make_maps(key, activations, signal), make_maps(key, activations, signal.flip(1)))


BODY = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])[:, :, None, None]  # three channels: the image's colours
HEAD = torch.tensor([[5.0, -1.0, 1.0], [-2.0, 6.0, 1.0]])
BIAS = torch.tensor([-1.5, -1.0])


def patches() -> np.ndarray:
    """A 32 x 32 image, not symmetric: red above left, green below, faint blue over all of it."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[..., 0] = np.arange(32, dtype=np.uint8)
    image[2:12, 3:17, 2] = 200
    image[20:30, 9:15, 1] = 180
    return image


def explain(key: str, image: np.ndarray, class_id: int, head: Tensor = HEAD, bias: Tensor = BIAS) -> np.ndarray:
    model = toy_models.two_layers(BODY, head, bias)
    [[found]] = cam.Explainer(model, key, layers=[0], imgsz=32).explain([image], [[cam.ClassTarget(class_id)]])
    assert found.message == ""
    return found.heat


@pytest.mark.long
@every_method
def test_a_mirrored_image_is_explained_by_the_mirrored_map(key: str) -> None:
    mirrored = explain(key, np.ascontiguousarray(patches()[:, ::-1]), 0)
    np.testing.assert_allclose(mirrored, explain(key, patches(), 0)[:, ::-1], atol=1e-5)


@every_method
@pytest.mark.parametrize("class_id", [0, 1])
def test_renumbered_classes_keep_their_maps(key: str, class_id: int) -> None:
    renumbered = explain(key, patches(), 1 - class_id, HEAD.flip(0), BIAS.flip(0))
    np.testing.assert_allclose(renumbered, explain(key, patches(), class_id), atol=1e-5)


@every_method
def test_a_map_is_of_its_class_unless_the_method_knows_none(key: str) -> None:
    is_same = np.allclose(explain(key, patches(), 0), explain(key, patches(), 1), atol=1e-3)
    assert is_same == issubclass(METHODS[key], ActivationMethod)


@pytest.mark.parametrize("key", METHODS)
def test_a_method_is_found_by_its_name_its_class_and_its_file(key: str) -> None:
    cls = METHODS[key]
    file = cls.__module__.rpartition(".")[2]
    assert key == method_key(cls.name) == method_key(cls.__name__) == method_key(file)
    for spelling in (key, key.upper(), cls.name, cls.__name__, file):
        assert type(method_named(spelling)) is cls


def test_help_lists_the_methods_that_there_are() -> None:
    listed = list_methods()
    assert [method.key for method in listed] == list(METHODS)
    for method in listed:
        assert method.source.startswith(f"{METHODS[method.key].name} ("), "who published it, in the module's docstring"
        assert len(method.text.split()) > 3


def test_the_table_in_the_documentation_is_up_to_date() -> None:
    table = f"<!-- methods -->\n{method_table()}\n<!-- /methods -->"
    assert table in DOCS.read_text(encoding="utf-8"), (
        f"docs/cam.md needs this table (`make tables` writes it):\n{table}"
    )
