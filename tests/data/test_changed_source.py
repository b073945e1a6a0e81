"""A source that changes between the two readings of a conversion is said, and nothing is written."""

import pytest
from set_maker import make_voc_set

from yolo_slice.data import convert, convert_dataset
from yolo_slice.errors import SliceError


@pytest.mark.parametrize("to", ["yolo", "voc", "coco"])
def test_an_image_that_vanishes_meanwhile(tmp_path, monkeypatch, to):
    root = make_voc_set(tmp_path / "set")
    image = sorted((root / "JPEGImages").glob("*.jpg"))[0]
    stock = convert.choose_class_map

    def between(*arguments):
        image.write_bytes(b"")
        return stock(*arguments)

    monkeypatch.setattr(convert, "choose_class_map", between)
    with pytest.raises(SliceError, match=r"the source has changed while it was read: \w+ had \d+ usable images"):
        convert_dataset(root, tmp_path / "out", to=to)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
