"""Names of results: each source its own, also where letter case does not count, in linear time."""

from pathlib import Path

import pytest
from cam_fakes import FakeExplainer

from yolo_slice.cam.run.columns import Column, FileNames
from yolo_slice.cam.targets import AllTarget


@pytest.fixture
def names() -> FileNames:
    return FileNames([Column("model", FakeExplainer("model"), {"all": AllTarget()})])


def test_pictures_of_the_same_name_get_numbers(names: FileNames) -> None:
    paths = ["a/x.jpg", "b/x.jpg", "c/X.png", "c/x-2.png", "d/y.jpg", "rtsp://camera/"]
    assert [names.stem(path) for path in paths] == ["x", "x-2", "X-3", "x-2-2", "y", "camera"]
    assert [names.stem(path) for path in paths[:2]] == ["x", "x-2"]


def test_a_name_costs_the_same_among_many(names: FileNames, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is compared with every name before it."""
    steps = []
    monkeypatch.setattr(FileNames, "_is_taken", lambda self, name: steps.append(name) or name.casefold() in self._taken)
    for number in range(500):
        names.stem(str(Path(f"{number}/frame.jpg")))
    assert len(steps) == 2 * 500 - 1
