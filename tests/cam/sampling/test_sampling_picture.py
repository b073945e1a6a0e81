"""`yolo-slice cam method=saliency`: the edges of samples by hand, the picture's cells, and the command."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import nn
from ultralytics import YOLO

from yolo_slice import cli
from yolo_slice.blocks.saliency_sampling import overlaps
from yolo_slice.blocks.samplers import SaliencySampler
from yolo_slice.cam.run.rendering import Look
from yolo_slice.cam.run.settings import CamSettings
from yolo_slice.cam.sampling.picture import GAP, LONGEST, draw_places
from yolo_slice.cam.sampling.places import SampledPlaces
from yolo_slice.errors import SliceError


def places(rows: list[float], columns: list[float], hw: tuple[int, int]) -> SampledPlaces:
    sizes = zip((rows, columns), hw, strict=True)
    grids = [overlaps(torch.tensor([profile], dtype=torch.float64), size)[0] for profile, size in sizes]
    return SampledPlaces("4.m.0", np.outer(rows, columns).astype(np.float32), *grids)


def test_edges_are_where_equal_shares_of_the_saliency_end() -> None:
    rows, columns = places([3, 1], [1, 1], (4, 2)).edges()
    # quarters of the saliency: each a third of the first row of pixels; the last is the second row
    np.testing.assert_allclose(rows, [0, 1 / 6, 2 / 6, 0.5, 1])
    np.testing.assert_allclose(columns, [0, 0.5, 1])


def test_a_row_has_four_cells_and_the_salient_half_fills_the_samples() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:32] = 200
    found = draw_places(image, [places([8, 1], [1, 1], (2, 2))] * 2, Look())
    assert found.shape == (2 * LONGEST + GAP, 4 * LONGEST + 3 * GAP, 3)
    cells = [found[:LONGEST, i * (LONGEST + GAP) :][:, :LONGEST] for i in range(4)]
    middle = LONGEST // 4
    assert cells[0][60, middle, 0] == 200
    assert (cells[1] == (0, 255, 255)).all(2)[:, middle].sum() == 3  # edges of two samples
    assert cells[2][100, middle].sum() > cells[2][400, middle].sum()
    upper, lower = cells[3][100, middle, 0], cells[3][400, middle, 0]
    assert (upper, lower) == (200, round(200 * (8 / 9 - 0.5) / 0.5))  # the second sample is mostly of the upper half


def test_differences_that_move_no_sample_are_not_drawn() -> None:
    image = np.full((64, 64, 3), 90, np.uint8)

    def heat(saliency: list[float]) -> np.ndarray:
        drawn = draw_places(image, [places(saliency, [1, 1], (2, 2))], Look())
        return drawn[40:, 2 * (LONGEST + GAP) :][:, :LONGEST].reshape(-1, 3)  # under its title

    assert (heat([0.5, 0.5009]) == heat([0.5, 0.5])).all()
    assert len(np.unique(heat([0.5, 0.5009]), axis=0)) == 1
    assert len(np.unique(heat([0.5, 0.502]), axis=0)) == 2


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = YOLO("yolov8n-ssb.yaml")
    for m in model.model.modules():
        if isinstance(m, SaliencySampler):
            nn.init.ones_(m.saliency.bn.weight)
    path = tmp_path_factory.mktemp("weights") / "ssb.pt"
    model.save(path)
    return path


def run(*words: str) -> int:
    return cli.main(["cam", "method=saliency", "imgsz=64", *words])


@pytest.mark.long
def test_the_command_draws_a_row_of_cells_for_each_row_of_the_model(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("a.png", np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))
    assert run(f"model={weights}", "source=a.png") == 0
    assert "pictures in" in capsys.readouterr().out
    shapes = [cv2.imread("runs/cam/cam/a-saliency.jpg").shape]
    assert run(f"model={weights}", "source=a.png", "layers=4", "name=four") == 0
    shapes.append(cv2.imread("runs/cam/four/a-saliency.jpg").shape)
    height = LONGEST  # 64 x 64 with the padding to a whole stride
    assert [shape[0] for shape in shapes] == [3 * height + 2 * GAP, 2 * height + GAP]
    assert (tmp_path / "runs/cam/cam/args.yaml").read_text().startswith("# yolo-slice cam model=")
    assert run(f"model={weights}", "source=a.png", "layers=5") == 1
    assert "layers=5: rows that sample are 4, 6, 8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"method": ("saliency", "gradcam")}, "method=saliency stands alone"),
        ({"method": ("saliency",), "classes": ("person",)}, "method=saliency takes neither classes= nor target="),
    ],
)
def test_what_goes_with_maps_only_is_refused(settings: dict[str, Any], fault: str) -> None:
    with pytest.raises(SliceError, match=fault):
        CamSettings(model=("a.pt",), source="a.png", **settings)


def test_a_model_that_does_not_sample_is_refused(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    YOLO("yolov8n.yaml").save("stock.pt")
    cv2.imwrite("a.png", np.zeros((48, 64, 3), np.uint8))
    assert run("model=stock.pt", "source=a.png") == 1
    assert "this model has no saliency sampling" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
