"""Maps over pictures: the blend, the boxes, the message, the letters."""

import cv2
import numpy as np
import pytest
from cam_fakes import FakeExplainer

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.run.lettering import make_plate, paste, shorten
from yolo_slice.cam.run.rendering import (
    Look,
    colormap_names,
    colour_heat,
    colour_scale,
    draw_map,
)
from yolo_slice.cam.run.run import draw_explanation
from yolo_slice.cam.targets import AllTarget
from yolo_slice.errors import SliceError

PICTURE = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


def explanation(target):
    return FakeExplainer("a.pt").explain([PICTURE], [[target]])[0][0]


def test_blend_is_the_formula() -> None:
    heat = np.linspace(0, 1, 90 * 120, dtype=np.float32).reshape(90, 120)
    blended = colour_heat(PICTURE, heat, Look("jet", 0.3))
    palette = cv2.applyColorMap(np.arange(256, dtype=np.uint8), cv2.COLORMAP_JET).reshape(-1, 3)
    expected = 0.7 * PICTURE + 0.3 * palette[np.rint(heat * 255).astype(int)]
    assert np.abs(blended - expected).max() <= 0.51
    assert np.array_equal(colour_heat(PICTURE, heat, Look(alpha=0)), PICTURE)


@pytest.mark.parametrize("name", ["inferno", "viridis", "cividis"])
def test_safe_maps_get_lighter_all_the_way(name: str) -> None:
    colours = colour_scale(np.linspace(0, 1, 256, dtype=np.float32)[None], name)
    lightness = cv2.cvtColor(np.float32(colours) / 255, cv2.COLOR_BGR2LAB)[0, :, 0]
    assert (np.diff(lightness[::8]) > 0).all()


@pytest.mark.parametrize("background", [0, 127, 255])
def test_boxes_stand_out_from_any_background(background: int) -> None:
    picture = np.full((300, 400, 3), background, np.uint8)
    drawn = draw_map(
        picture, np.zeros((300, 400), np.float32), [Detection((100, 100, 250, 200), 0, "x", 0.5)], "", Look(alpha=0)
    )
    edge = drawn[150, 96:105].astype(int).mean(1)  # across the left side
    assert edge.max() == 255
    assert edge.min() == 0


def test_only_the_boxes_that_the_map_explains_are_drawn() -> None:
    one = explanation(AllTarget())
    assert len(one.explained) < len(one.detections)
    drawn = draw_explanation(PICTURE, one, Look())
    assert np.array_equal(drawn, draw_map(PICTURE, one.heat, one.explained, "", Look()))
    assert not np.array_equal(drawn, draw_map(PICTURE, one.heat, one.detections, "", Look()))


def test_message_is_written_and_boxes_can_be_left_out() -> None:
    heat, look = np.zeros((90, 120), np.float32), Look(boxes=False)
    blank = draw_map(PICTURE, heat, [], "nothing", look)
    plain = colour_heat(PICTURE, heat, look)
    changed = (blank != plain).any(2)
    assert changed[30:60, 40:80].mean() > 0.3
    assert not changed[:20].any()
    assert np.array_equal(
        draw_explanation(PICTURE, explanation(AllTarget()), look),
        colour_heat(PICTURE, explanation(AllTarget()).heat, look),
    )


def test_plates_stay_inside_the_picture() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    for x, y in ((-50, -50), (55, 38), (0, 0)):
        paste(picture, np.full((10, 20, 3), 9, np.uint8), x, y)
    assert (picture == 9).all(2).sum() == 400
    paste(picture, np.full((100, 100, 3), 7, np.uint8), 0, 0)
    assert (picture == 7).all()


def test_letters_of_other_languages_are_drawn() -> None:
    plates = [make_plate(text, 20, (0, 0, 0), (255, 255, 255)) for text in ("\ufffd\ufffd", "ёж", "ŁÓ")]
    assert all((plate < 128).any() for plate in plates)
    assert not np.array_equal(plates[0][:, :24], plates[1][:, :24])
    assert shorten("", 12, 100) == ""


def test_unknown_looks_are_explained() -> None:
    with pytest.raises(SliceError, match="did you mean viridis"):
        Look("virids")
    with pytest.raises(SliceError, match="alpha=2"):
        Look(alpha=2)
    assert "jet" in colormap_names()
