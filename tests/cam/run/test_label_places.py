"""Labels on maps do not cover each other."""

import numpy as np
import pytest

from yolo_slice.cam.detection import Detection
from yolo_slice.cam.run import rendering


@pytest.mark.parametrize("count", [1, 2, 5])
def test_labels_of_boxes_that_lie_together_are_apart(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[tuple[int, int, int, int]] = []

    def note(_, plate: np.ndarray, x: int, y: int) -> None:
        places.append((x, y, x + plate.shape[1], y + plate.shape[0]))

    monkeypatch.setattr(rendering, "paste", note)
    boxes = [Detection((50.0 + i, 60.0, 250.0 + i, 160.0), 0, "person", 0.9 - i / 10) for i in range(count)]
    rendering.draw_boxes(np.zeros((300, 400, 3), np.uint8), boxes)
    assert 1 <= len(places) <= count
    assert len(places) == count or count > 4  # the least sure of a heap has none
    for i, (x1, y1, x2, y2) in enumerate(places):
        assert all(x1 >= c or x2 <= a or y1 >= d or y2 <= b for a, b, c, d in places[:i])
        assert 0 <= x1 < x2 <= 400
        assert 0 <= y1 < y2 <= 300
