"""D-RISE's laws on detectors made by hand, and a model and its exported file explained alike."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx_detector
import pytest
import torch
import toy_models

from yolo_slice import cam
from yolo_slice.cam import prediction_explainer
from yolo_slice.cam.methods.drise import CELLS, DRISE
from yolo_slice.cam.prediction_explainer import PredictionExplainer
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.inference.prediction import Predicted

HW = (32, 40)
BOX = (8.0, 12.0, 24.0, 20.0)  # xyxy
WHITE = np.full((*HW, 3), 255, np.uint8)


def objects(*rows: tuple[tuple[float, ...], tuple[float, ...], float]) -> Predicted:
    boxes, scores, sure = (
        [np.array([row[i] for row in rows], np.float64) for i in range(3)] if rows else np.zeros((3, 0))
    )
    return Predicted(boxes.reshape(-1, 4), scores.reshape(len(rows), -1) if rows else np.zeros((0, 2)), sure)


def bright(image: np.ndarray) -> Predicted:
    """A dog in BOX, as sure as BOX is bright."""
    left, top, right, bottom = map(int, BOX)
    return objects((BOX, (0, 1), image[top:bottom, left:right].mean() / 255))


def cornered(image: np.ndarray) -> Predicted:
    """A dog in BOX if the pixel (10, 15) is more than half as bright as can be, else nothing."""
    return objects((BOX, (0, 1), 1.0)) if image[10, 15, 0] > 127 else objects()


@pytest.fixture
def explainer_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., PredictionExplainer]:
    def make(detector: Callable, masks: int = 400, seed: int = 0, batch: int = 8) -> PredictionExplainer:
        class Known:
            names = {0: "cat", 1: "dog"}  # noqa: RUF012

            def __init__(self, *_: object) -> None:
                pass

            def predict(self, images: list) -> list[Predicted]:
                return [detector(image) for image in images]

        monkeypatch.setattr(prediction_explainer, "Predictor", Known)
        return PredictionExplainer("known.onnx", DRISE(masks, seed), batch=batch)

    return make


def explain(explainer: PredictionExplainer, words: object = None, image: np.ndarray = WHITE) -> list[cam.Explanation]:
    return explainer.explain([image], [explainer.targets(words)])[0]


def test_similarity_by_hand() -> None:
    """IoU 1/2, cosine 3/5, objectness 4/5; the best of what is found counts, for each object by itself."""
    wanted = objects(((0, 0, 10, 10), (1, 0), 0.9), ((50, 50, 60, 60), (0, 1), 0.5))
    half = ((0, 0, 10, 5), (0.3, 0.4), 0.8)
    assert DRISE().weights(wanted, objects(half)).tolist() == pytest.approx([0.5 * 0.6 * 0.8, 0])
    same = ((0, 0, 10, 10), (0.2, 0), 0.5)
    assert DRISE().weights(wanted, objects(half, same)).tolist() == pytest.approx([0.5, 0])


def test_a_mask_that_hides_the_object_has_weight_0() -> None:
    wanted = bright(WHITE)
    assert DRISE().weights(wanted, bright(WHITE * 0)).tolist() == [0]  # found, but no longer believed
    assert DRISE().weights(wanted, objects()).tolist() == [0]  # not found at all
    assert DRISE().weights(wanted, objects(((30, 20, 40, 30), (0, 1), 1.0))).tolist() == [0]  # found elsewhere
    assert DRISE().weights(wanted, objects((BOX, (1, 0), 1.0))).tolist() == [0]  # taken for a cat
    assert DRISE().weights(wanted, wanted).tolist() == pytest.approx([1])


def test_a_place_is_seen_under_half_of_the_masks() -> None:
    masks = np.stack([*DRISE(2000).masks(HW)])
    assert masks.shape == (2000, *HW)
    assert masks.dtype == np.float32
    assert 0 <= masks.min() < masks.max() <= 1
    np.testing.assert_allclose(masks.mean(0), 0.5, atol=0.05)


@pytest.mark.parametrize("hw", [(1, 1), (3, 500), (CELLS, CELLS), (97, 31)])
def test_masks_fit_any_image(hw: tuple[int, int]) -> None:
    assert {mask.shape for mask in DRISE(3).masks(hw)} == {hw}


def test_in_expectation_the_map_is_the_covariance_with_what_is_seen(explainer_of: Callable) -> None:
    """The weight is the mean of the mask in BOX, so the map is BOX blurred by the masks' own autocorrelation."""
    [found] = explain(explainer_of(bright, masks=1500))
    left, top, right, bottom = map(int, BOX)
    others = np.stack([*DRISE(3000, seed=1).masks(HW)])
    weight = others[:, top:bottom, left:right].mean((1, 2))
    expected = np.tensordot(weight - weight.mean(), others, 1) / len(others)
    raw = found.heat * found.peaks[-1]
    assert np.abs(raw - expected.clip(0)).mean() < 0.05 * expected.max()
    assert found.heat[top:bottom, left:right].mean() > 0.6
    assert found.heat[:, right + 6 :].mean() < 0.05  # beyond two cells of 3 pixels: noise


def test_what_decides_is_shown(explainer_of: Callable) -> None:
    """The whole object is in the box, but one pixel decides."""
    [found] = explain(explainer_of(cornered, masks=1000))
    y, x = np.unravel_index(found.heat.argmax(), found.heat.shape)
    assert (abs(y - 10) <= 2, abs(x - 15) <= 3) == (True, True)
    assert found.explained == found.detections
    assert found.score == 1


def test_the_same_seed_gives_the_same_map_whatever_the_batch(explainer_of: Callable) -> None:
    [first], [again], [other] = (
        explain(explainer_of(bright, seed=seed, batch=batch)) for seed, batch in [(3, 7), (3, 400), (4, 7)]
    )
    assert np.array_equal(first.heat, again.heat)
    assert not np.allclose(first.heat, other.heat, atol=0.05)


def test_the_map_of_two_objects_is_the_sum_of_theirs(explainer_of: Callable) -> None:
    def both(image: np.ndarray) -> Predicted:
        bright_left, bright_right = image[5:15, 2:8].mean() / 255, image[15:30, 28:38].mean() / 255
        return objects(((2, 5, 8, 15), (0, 1), bright_left), ((28, 15, 38, 30), (1, 0), bright_right))

    alone = explain(explainer_of(both), ["#0", "#1", "dog", "all"])
    raw = [one.heat * one.peaks[-1] for one in alone]
    np.testing.assert_allclose(raw[0], raw[2], atol=1e-6)
    # Only where both are positive: a map's negative values are cut.
    known = (raw[0] > 0) & (raw[1] > 0)
    np.testing.assert_allclose((raw[0] + raw[1])[known], raw[3][known], atol=1e-6)
    assert [one.label for one in alone] == ["dog 1.00", "cat 1.00", "dog", "all detections"]


def test_nothing_to_explain_is_blank_and_costs_nothing(explainer_of: Callable) -> None:
    asked: list[np.ndarray] = []

    def never(image: np.ndarray) -> Predicted:
        asked.append(image)
        return objects()

    found = explain(explainer_of(never), ["cat", None, "#0", (1, 1, 9, 9)])
    assert all(one.message.startswith("no ") and not one.heat.any() and one.score is None for one in found)
    assert len(asked) == 1


def test_what_no_mask_disturbs_is_blank_and_says_so(explainer_of: Callable) -> None:
    [found] = explain(explainer_of(lambda image: objects((BOX, (0, 1), 1.0))))
    assert not found.heat.any()
    assert found.message == "no mask made a difference to all detections"


def test_time_is_told_first_and_once(explainer_of: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(log, "inform", said.append)
    explainer = explainer_of(bright, masks=20)
    explain(explainer)
    explain(explainer)
    [line] = said
    assert line.startswith("D-RISE: 20 masks, seed 0, about 0.")
    assert line.endswith(" s an image")


def test_an_exported_file_is_explained(tmp_path: Path) -> None:
    file = onnx_detector.write_detector(tmp_path / "known.onnx")
    image = np.full((onnx_detector.SIDE, onnx_detector.SIDE, 3), 200, np.uint8)
    [found] = cam.explain(file, image, "dog", "drise", masks=150, seed=1)
    assert found.explained[0].xyxy == pytest.approx(onnx_detector.BOX)
    assert found.score == pytest.approx(200 / 255, abs=1e-3)
    left, top, right, bottom = map(int, onnx_detector.BOX)
    assert found.heat[top:bottom, left:right].mean() > 3 * found.heat.mean()
    explainer = cam.open_explainer(file, "drise")
    assert explainer.names == {0: "cat", 1: "dog"}
    np.testing.assert_allclose(explainer.class_scores([image, image // 2]), [[0, 0.784], [0, 0.392]], atol=2e-3)
    with pytest.raises(SliceError, match=r"hides its layers; .* or method=drise"):
        cam.explain(file, image, "dog")


def test_a_broken_exported_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(SliceError, match=r"broken.onnx: Ultralytics cannot run it") as caught:
        cam.open_explainer(tmp_path / "broken.onnx", "drise")
    assert "\n" not in str(caught.value)


@pytest.mark.floor
@pytest.mark.parametrize("name", ["yolov8n.yaml", "yolov8n-obb.yaml"])
def test_a_model_is_explained_and_left_as_it_is(name: str) -> None:
    model = toy_models.lively(name)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    explainer = cam.open_explainer(model, DRISE(masks=4), conf=0.5, imgsz=64)
    [[found]] = explainer.explain([image], [explainer.targets("#0")])
    assert found.heat.shape == (48, 64)
    assert len(found.explained) == 1
    assert explainer.detect([image])[0] == list(found.detections)
    assert all(torch.equal(value, model.state_dict()[key]) for key, value in before.items())


def test_a_classifier_is_refused() -> None:
    with pytest.raises(SliceError, match="a classify model finds no boxes"):
        cam.open_explainer(toy_models.lively("yolo11n-cls.yaml"), "drise")
