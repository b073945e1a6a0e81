"""Images to calibrate on, and random squares of them."""

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from yolo_slice.errors import SliceError
from yolo_slice.transfer import random_squares
from yolo_slice.transfer.calibration_images import CalibrationImages, load_images
from yolo_slice.transfer.image_choice import find_images
from yolo_slice.transfer.random_squares import GREY, endless_batches

CPU = torch.device("cpu")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """17 pictures, 60 x 40 pixels, each of its own even red; the left half has blue besides."""
    for number in range(17):
        image = np.zeros((40, 60, 3), np.uint8)
        image[..., 2] = 10 * (number + 1)
        image[:, :30, 0] = 255
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), image)
    return tmp_path


def reds(images: list[Tensor]) -> list[int]:
    return [round(float(x[0, 0].median()) * 255) // 10 - 1 for x in images]


def test_every_eighth_image_only_judges(pictures: Path) -> None:
    images = CalibrationImages(sorted(pictures.iterdir()), 60, 4, CPU, 0)
    assert reds(list(images.all())) == list(range(17))
    assert reds(list(images.to_judge())) == [0, 8, 16]
    assert reds(list(images.to_fit())) == [n for n in range(17) if n % 8]
    seen = {round(v * 255) for x in itertools.islice(images.squares(0), 40) for v in x[:, 0].unique().tolist()}
    assert seen.isdisjoint({10, 90, 170})
    assert not torch.equal(next(images.squares(0)), next(images.squares(1)))


def test_images_are_as_the_predictor_makes_them(pictures: Path) -> None:
    x = next(load_images([pictures / "04.png"], 30, 2, CPU))
    assert x.shape == (1, 3, 20, 30)
    assert x[0, :, 10, 2].tolist() == pytest.approx([50 / 255, 0, 1])
    assert x[0, :, 10, 28].tolist() == pytest.approx([50 / 255, 0, 0])


def test_the_choice_depends_on_the_seed_and_unreadable_files_are_replaced_by_others(pictures: Path) -> None:
    chosen = find_images(pictures, 8, 0)
    assert len(chosen) == 8
    assert chosen == find_images(pictures, 8, 0) == sorted(chosen)
    assert chosen != find_images(pictures, 8, 1)
    chosen[3].write_bytes(b"no picture")
    again = find_images(pictures, 8, 0)
    assert len(again) == 8
    assert len(set(again) - set(chosen)) == 1
    assert chosen[3] not in again


def test_a_picture_that_has_gone_is_one_line(pictures: Path) -> None:
    images = CalibrationImages(sorted(pictures.iterdir()), 60, 4, CPU, 0)
    for file in pictures.iterdir():
        file.unlink()
    for read in (images.to_fit(), images.squares(0)):
        with pytest.raises(SliceError, match=r"\d\d\.png can no longer be read"):
            next(read)


def test_too_few_are_explained(pictures: Path) -> None:
    with pytest.raises(SliceError, match="images=4; calibration needs at least 8"):
        find_images(pictures, 4, 0)


def test_squares_are_repeatable_and_varied(pictures: Path) -> None:
    files = sorted(pictures.iterdir())
    one, two = (endless_batches(files, 64, CPU, 0) for _ in range(2))
    first = next(one)
    assert first.shape == (4, 3, 64, 64)
    assert torch.equal(first, next(two))
    assert not torch.equal(next(one), first)
    assert next(endless_batches(files, 64, CPU, 0, size=2)).shape == (2, 3, 64, 64)


def test_a_square_shows_a_picture_in_its_shape_mirrored_half_of_the_time(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random_squares, "MOSAICS", 0.0)
    monkeypatch.setattr(random_squares, "SINGLE", (0.5, 0.5))
    shapes, mirrored = set(), 0
    for x in itertools.islice(endless_batches([pictures / "04.png"], 60, CPU, 0, size=1), 60):
        image = (x[0] * 255).round()
        shown = image[0] == 50
        assert set(image[:, ~shown].unique().tolist()) <= {GREY}
        rows, columns = (shown.any(axis).sum().item() for axis in (1, 0))
        shapes.add((rows, columns))
        blue = (image[2] == 255) & shown
        mirrored += int(blue.nonzero()[:, 1].min() > shown.nonzero()[:, 1].min())
    assert shapes == {(40, 60), (20, 30)}
    assert 15 < mirrored < 45


def test_a_mosaic_shows_four(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_squares, "MOSAICS", 1.0)
    x = next(endless_batches(sorted(pictures.iterdir()), 64, CPU, 3, size=1))
    quarters = [x[0, 0, r : r + 32, c : c + 32] for r in (0, 32) for c in (0, 32)]
    found = [{round(v * 255) for v in q.unique().tolist()} - {GREY} for q in quarters]
    assert all(len(reds) == 1 for reds in found)
    assert len(set.union(*found)) > 1
