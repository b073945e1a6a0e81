"""Maps lie where the objects are: letterbox, stretching and cropping are undone to the pixel."""

import cv2
import numpy as np
import pytest
import torch
import toy_models
from torch.nn.functional import interpolate
from ultralytics import RTDETR, YOLO
from ultralytics.data.augment import LetterBox, classify_transforms

from yolo_slice import cam
from yolo_slice.cam.maps.merging import place
from yolo_slice.integration.inference.model_input import Placement, input_size, prepare

SHAPES = [(225, 400), (400, 225), (30, 40), (320, 320), (333, 500), (641, 479), (7, 1), (1, 300)]


def with_disc(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> np.ndarray:
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    image = np.zeros((*shape, 3), np.uint8)
    image[np.hypot(rows - centre[0], columns - centre[1]) <= radius] = 255
    return image


def explained(image: np.ndarray, cell: int) -> np.ndarray:
    explainer = cam.Explainer(toy_models.brightness_detector(cell), "gradcam", layers=[0], conf=0.5, imgsz=320)
    [[found]] = explainer.explain([image], [[cam.ClassTarget(0)]])
    assert found.heat.shape == image.shape[:2]
    return found.heat


@pytest.mark.parametrize(
    ("shape", "centre", "radius"),
    [
        ((225, 400), (60.0, 310.0), 30.0),
        ((225, 400), (180.0, 40.0), 30.0),
        ((400, 225), (330.0, 55.0), 30.0),
        ((400, 400), (120.0, 280.0), 30.0),
        ((320, 320), (120.0, 200.0), 24.0),
        ((40, 60), (12.0, 44.0), 6.0),
        ((333, 500), (250.0, 90.0), 35.0),
    ],
)
def test_peak_and_middle_of_the_map_lie_on_the_disc(
    shape: tuple[int, int], centre: tuple[float, float], radius: float
) -> None:
    heat = explained(with_disc(shape, centre, radius), cell=8)
    peak = np.unravel_index(heat.argmax(), shape)
    assert np.hypot(peak[0] + 0.5 - centre[0], peak[1] + 0.5 - centre[1]) <= radius
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    heat = np.where(heat > 0.5, heat, 0)  # the grey border shines into the cells at the edge, with less than 0.5
    # The middle of a disc is seen to a fraction of a cell; half a cell or a forgotten border would be far more.
    middle = (rows * heat).sum() / heat.sum(), (columns * heat).sum() / heat.sum()
    assert middle == pytest.approx(centre, abs=0.04 * radius)


def test_coarse_cells_are_centred_too() -> None:
    heat = explained(with_disc((225, 400), (112.5, 200.0), 100.0), cell=32)
    np.testing.assert_allclose(heat, heat[::-1], atol=0.01)
    np.testing.assert_allclose(heat, heat[:, ::-1], atol=0.01)
    assert heat[112, 200] > 0.9
    assert heat[112, 0] < 0.1


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if min(shape) >= 30])
def test_detections_cover_a_white_image_edge_to_edge(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 255, np.uint8)
    [found] = cam.Explainer(toy_models.brightness_detector(32), layers=[0], conf=0.5, imgsz=320).detect([image])
    boxes = np.array([d.xyxy for d in found])
    assert boxes[:, :2].min(0) == pytest.approx((0, 0), abs=0.1 * max(shape))  # a cell is a tenth of the longer side
    assert boxes[:, 2:].max(0) == pytest.approx(shape[::-1], abs=0.1 * max(shape))
    assert boxes.min() >= 0
    assert (boxes[:, 2:] <= shape[::-1]).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [(320, 320), (640, 640), (320, 480)])
def test_placement_is_where_the_host_puts_the_image(shape: tuple[int, int], size: tuple[int, int]) -> None:
    if min(shape) * min(size) / max(shape) < 1:
        pytest.skip("8.4.0 cannot letterbox an image that shrinks below one pixel")
    model = toy_models.brightness_detector()
    tensor, at = prepare(np.full((*shape, 3), 255, np.uint8), model, size)
    inside = (tensor == 1).all(0)
    rows, columns = inside.any(1).nonzero().flatten(), inside.any(0).nonzero().flatten()
    assert (at.top, at.top + at.height - 1) == (rows[0], rows[-1])
    assert (at.left, at.left + at.width - 1) == (columns[0], columns[-1])
    assert tensor.shape[1:] == at.input_hw


def seen_by_predict(model: YOLO, image: np.ndarray, imgsz: int) -> torch.Tensor:
    seen = []
    hook = model.model.model[0].register_forward_pre_hook(lambda m, inputs: seen.append(inputs[0].clone()))
    model.predict(image, imgsz=imgsz, verbose=False, device="cpu", save=False)
    hook.remove()
    return seen[-1][0]  # the first may be the warm-up


@pytest.mark.parametrize("shape", [(45, 80), *(pytest.param(x, marks=pytest.mark.long) for x in [(81, 64), (64, 64)])])
@pytest.mark.parametrize("name", ["yolov8n.yaml", "yolo11n-cls.yaml"])
def test_the_model_sees_what_predict_shows_it(name: str, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (*shape, 3), np.uint8)
    model = YOLO(name)
    model.model.transforms = classify_transforms(64)  # 8.4.0 cannot predict with a classifier that was never trained
    ours, _ = prepare(image, model.model.eval(), input_size(64, model.model))
    torch.testing.assert_close(ours, seen_by_predict(model, image, 64), atol=1e-6, rtol=0)


@pytest.mark.slow
def test_rtdetr_sees_what_predict_shows_it() -> None:
    toy_models.skip_without_rtdetr()
    image = np.random.default_rng(1).integers(0, 255, (45, 80, 3), np.uint8)
    model = RTDETR("rtdetr-resnet50.yaml")
    ours, at = prepare(image, model.model.eval(), (64, 64))
    torch.testing.assert_close(ours, seen_by_predict(model, image, 64), atol=1e-6, rtol=0)
    assert (at.top, at.left, at.height, at.width) == (0, 0, 64, 64)


def test_place_equals_a_loop_over_pixels() -> None:
    generator = torch.Generator().manual_seed(0)
    cells = torch.rand(3, 4, generator=generator)
    at = Placement((5, 9), (24, 32), 4, 0, 16, 32)  # 4 rows of border above and below; cells of 8 x 8
    placed = place(cells, at)
    for i in range(5):
        for j in range(9):
            y, x = 4 + (i + 0.5) * 16 / 5, (j + 0.5) * 32 / 9  # in the input
            row, column = min(max(y / 8 - 0.5, 0), 2), min(max(x / 8 - 0.5, 0), 3)  # in cells, from their centres
            top, left = min(int(row), 1), min(int(column), 2)
            down, right = row - top, column - left
            above = (1 - right) * cells[top, left] + right * cells[top, left + 1]
            below = (1 - right) * cells[top + 1, left] + right * cells[top + 1, left + 1]
            assert float(placed[i, j]) == pytest.approx(float((1 - down) * above + down * below), abs=1e-6)


def test_place_equals_a_plain_resize_where_nothing_was_padded() -> None:
    cells = torch.rand(5, 7, generator=torch.Generator().manual_seed(0))
    placed = place(cells, Placement((80, 112), (40, 56), 0, 0, 40, 56))
    torch.testing.assert_close(placed, interpolate(cells[None, None], (80, 112), mode="bilinear")[0, 0])
    np.testing.assert_allclose(placed, cv2.resize(cells.numpy(), (112, 80)), atol=1e-5)


@pytest.mark.long
def test_what_a_classifier_crops_away_is_blank() -> None:
    model = toy_models.lively("yolo11n-cls.yaml")
    explainer = cam.Explainer(model, "layercam", imgsz=64)
    image = np.random.default_rng(0).integers(0, 255, (64, 128, 3), np.uint8)
    [[found]] = explainer.explain([image], [[cam.AllTarget()]])
    assert found.heat.shape == (64, 128)
    assert not found.heat[:, :32].any()
    assert not found.heat[:, 96:].any()
    assert found.heat[:, 32:96].max() == 1
    assert found.detections[0].xyxy == (0, 0, 128, 64)


def test_boxes_go_back_as_images_came() -> None:
    at = Placement((225, 400), (192, 320), 6, 0, 180, 320)
    boxes = torch.tensor([[0.0, 6, 320, 186], [32, 38, 64, 70], [-9, 0, 400, 192]])
    assert at.to_original(boxes).tolist() == [[0, 0, 400, 225], [40, 40, 80, 80], [0, 0, 400, 225]]


def test_the_hosts_letterbox_is_what_we_think() -> None:
    padded = LetterBox((320, 320), auto=True, stride=32)(image=np.zeros((225, 400, 3), np.uint8))
    assert padded.shape == (192, 320, 3)
