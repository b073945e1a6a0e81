"""Every method equals its formula: written as loops over numbers, and worked out by hand on a network of two layers."""

import math

import numpy as np
import pytest
import torch
import toy_models
from torch import Tensor

from yolo_slice import cam
from yolo_slice.cam.methods import METHODS, method_key, method_named
from yolo_slice.errors import SliceError

K, H, W = 3, 4, 5
PLACES = [(i, j) for i in range(H) for j in range(W)]


@pytest.fixture
def layer() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    shape = (2, K, H, W)
    activations = torch.randn(shape, generator=generator, dtype=torch.float64)
    return activations, torch.randn(shape, generator=generator, dtype=torch.float64)


def channel_weights(name: str, a: np.ndarray, g: np.ndarray) -> list[float]:
    """Weights of the K channels of one image, number by number, as the papers write them."""
    weights = []
    for k in range(K):
        weight = 0.0
        total = sum(a[k, i, j] for i, j in PLACES)
        for i, j in PLACES:
            if name == "Grad-CAM":
                weight += g[k, i, j] / (H * W)
            elif name == "XGrad-CAM":
                weight += a[k, i, j] / total * g[k, i, j]
            else:
                alpha = g[k, i, j] ** 2 / (2 * g[k, i, j] ** 2 + total * g[k, i, j] ** 3)
                weight += alpha * max(g[k, i, j], 0)
        weights.append(weight)
    return weights


def by_hand(name: str, a: np.ndarray, g: np.ndarray) -> np.ndarray:
    result = np.zeros((H, W))
    for i, j in PLACES:
        if name == "HiResCAM":
            value = sum(g[k, i, j] * a[k, i, j] for k in range(K))
        elif name == "LayerCAM":
            value = sum(max(g[k, i, j], 0) * a[k, i, j] for k in range(K))
        else:
            weights = channel_weights(name, a, g)
            value = sum(weights[k] * a[k, i, j] for k in range(K))
        result[i, j] = max(value, 0)
    return result


@pytest.mark.parametrize("name", ["Grad-CAM", "Grad-CAM++", "HiResCAM", "LayerCAM", "XGrad-CAM"])
def test_gradient_methods_equal_their_formula(name: str, layer: tuple[Tensor, Tensor]) -> None:
    activations, gradients = layer
    maps = METHODS[method_key(name)]().map(activations, gradients)
    for image in range(2):
        expected = by_hand(name, activations[image].numpy(), gradients[image].numpy())
        np.testing.assert_allclose(maps[image], expected, atol=1e-12)
        assert expected.max() > 0


def test_eigen_cam_is_the_first_singular_vector(layer: tuple[Tensor, Tensor]) -> None:
    activations = layer[0]
    maps = METHODS["eigencam"]().map(activations)
    for image in range(2):
        matrix = activations[image].numpy().reshape(K, -1).T
        left, singular, _ = np.linalg.svd(matrix, full_matrices=False)
        projected = left[:, 0] * singular[0]
        projected *= np.sign(projected.sum())
        np.testing.assert_allclose(maps[image].flatten(), projected.clip(0), atol=1e-12)


def test_score_cam_is_a_softmax_of_scores(layer: tuple[Tensor, Tensor]) -> None:
    a, scores = layer[0][0], [0.5, -1.0, 2.0]
    total = sum(math.exp(s) for s in scores)
    expected = [
        [max(sum(math.exp(scores[k]) / total * a[k, i, j] for k in range(K)), 0) for j in range(W)] for i in range(H)
    ]
    np.testing.assert_allclose(METHODS["scorecam"]().map(a, torch.tensor(scores)), expected, atol=1e-6)


def test_channels_without_a_direction_count_nothing() -> None:
    cancelling = torch.tensor([[[[1.0, -1.0], [2.0, -2.0]]]])
    assert not METHODS["xgradcam"]().map(cancelling, torch.ones_like(cancelling)).any()
    assert not METHODS["scorecam"]().masks(torch.full((1, 2, 2), 7.0)).any()


BODY = torch.tensor([[1.0, 0, 0], [0, 2.0, 0]])[:, :, None, None]  # two channels: red, and twice green
HEAD = torch.tensor([[2.0, -1.0], [-1.0, 3.0]])
BIAS = torch.tensor([-1.0, -0.5])


def coloured() -> np.ndarray:
    """A 32 x 32 image: red on the left, green on the right, in steps that 1/255 makes exact in float."""
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, :16, 2] = 255
    image[:, 20:, 1] = 102
    return image


@pytest.mark.parametrize(("target", "weights"), [(0, (2.0, -1.0)), (1, (-1.0, 3.0))])
def test_grad_cam_of_two_layers_equals_hand_computation(target: int, weights: tuple[float, float]) -> None:
    image = coloured()
    explainer = cam.Explainer(toy_models.two_layers(BODY, HEAD, BIAS), "gradcam", layers=[0], conf=0.5, imgsz=32)
    [[found]] = explainer.explain([image], [[cam.ClassTarget(target)]])
    red, green = image[..., 2] / 255, 2 * (image[..., 1] / 255)
    logits = weights[0] * red + weights[1] * green + float(BIAS[target])
    above = logits > 0  # confidence above 0.5
    # y = the sum of the logits above; dy/dA_k = w_k there and 0 elsewhere, so alpha_k = w_k * share of places above.
    expected = np.maximum(above.mean() * (weights[0] * red + weights[1] * green), 0)
    assert above.any()
    assert not above.all()
    assert found.score == pytest.approx(logits[above].sum(), rel=1e-5)
    assert found.peaks[0] == pytest.approx(expected.max(), rel=1e-5)
    np.testing.assert_allclose(found.heat, expected / expected.max(), atol=1e-5)


def test_score_cam_of_two_layers_masks_the_image() -> None:
    image = coloured()
    explainer = cam.Explainer(toy_models.two_layers(BODY, HEAD, BIAS), "scorecam", layers=[0], conf=0.5, imgsz=32)
    [[found]] = explainer.explain([image], [[cam.ClassTarget(0)]])
    red, green = image[..., 2] / 255, 2 * (image[..., 1] / 255)
    above = 2 * red - green - 1 > 0
    scores = [(2 * red * mask - green * mask - 1)[above].mean() for mask in (red, green / green.max())]
    alpha = np.exp(scores) / np.exp(scores).sum()
    expected = alpha[0] * red + alpha[1] * green
    np.testing.assert_allclose(found.heat, expected / expected.max(), atol=1e-5)


@pytest.mark.long
def test_gradients_are_those_of_finite_differences() -> None:
    class Gradients(cam.GradientMethod):
        name = "gradients"
        seen: Tensor

        def map(self, activations: Tensor, gradients: Tensor) -> Tensor:
            type(self).seen = gradients[0].clone()
            return gradients.sum(1)

    model = toy_models.lively("yolov8n.yaml")
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    explainer = cam.Explainer(model, Gradients, layers=[18], conf=0.6, imgsz=64)
    [[found]] = explainer.explain([image], [[cam.ClassTarget(1)]])
    x = torch.from_numpy(image[..., ::-1].transpose(2, 0, 1).copy())[None].double() / 255
    model = model.double()

    def total(delta: Tensor) -> float:
        hook = model.model[18].register_forward_hook(lambda m, i, output: output + delta)
        with torch.no_grad():
            logits = model(x)[1]["scores"][0, 1]
        hook.remove()
        return float(logits[above].sum())

    with torch.no_grad():
        above = model(x)[1]["scores"][0, 1].sigmoid() > 0.6
    assert found.score == pytest.approx(total(torch.zeros(1)), rel=1e-4)
    for place in [(0, 0, 0), (5, 1, 2), (17, 3, 3), (60, 2, 1)]:
        step = torch.zeros(1, *Gradients.seen.shape, dtype=torch.float64)
        step[(0, *place)] = 1e-5
        slope = (total(step) - total(-step)) / 2e-5
        assert float(Gradients.seen[place]) == pytest.approx(slope, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GRADCAM", "Grad-CAM"),
        ("grad_cam_plus_plus", "Grad-CAM++"),
        ("GradCAMpp", "Grad-CAM++"),
        ("hires-cam", "HiResCAM"),
    ],
)
def test_names_in_any_spelling(text: str, name: str) -> None:
    assert method_named(text).name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [("gradcan", "did you mean gradcam"), ("lime", "there are .*eigencam, .*gradcam, "), (3, "there are")],
)
def test_unknown_method_is_one_line(text: str, said: str) -> None:
    with pytest.raises(SliceError, match=said):
        method_named(text)


def test_max_channels_takes_those_that_vary_most() -> None:
    flat, lively = torch.ones(1, 2, 2), torch.tensor([[[0.0, 9.0], [0.0, 9.0]]])
    method = METHODS["scorecam"](max_channels=1)
    assert method.channels(torch.cat([flat, lively, flat])).tolist() == [1]
    assert METHODS["scorecam"]().channels(torch.cat([flat, lively, flat])).tolist() == [0, 1, 2]
