"""CVAT for images 1.1, as CVAT writes it."""

import pytest
from set_maker import save_noise

from yolo_slice.data import convert_dataset
from yolo_slice.data.source import open_dataset
from yolo_slice.errors import SliceError


def save(root, *images, meta=""):
    root.mkdir(parents=True, exist_ok=True)
    (root / "annotations.xml").write_text(f"<annotations>{meta}{''.join(images)}</annotations>", encoding="utf-8")
    return root


def image(root, name, *objects, subset="", place=None):
    save_noise(root / (place or f"images/{name}"), seed=name)
    part = f'subset="{subset}"' if subset else ""
    return f'<image id="0" name="{name}" {part} width="100" height="80">{"".join(objects)}</image>'


SHAPES = {
    "box": '<box label="a" xtl="10" ytl="20" xbr="30" ybr="60"/>',
    "polygon": '<polygon label="a" points="10.00,20.00;30.00,20.00;30.00,60.00"/>',
    "mask": '<mask label="a" rle="1, 2" left="10" top="20" width="20" height="40"/>',
    "ellipse": '<ellipse label="a" cx="20" cy="40" rx="10" ry="20"/>',
    "box turned by a quarter": '<box label="a" xtl="0" ytl="30" xbr="40" ybr="50" rotation="90"/>',
    "ellipse turned by a quarter": '<ellipse label="a" cx="20" cy="40" rx="20" ry="10" rotation="270"/>',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(tmp_path, shape):
    root = tmp_path / "set"
    save(root, image(root, "x.jpg", SHAPES[shape]))

    conversion = convert_dataset(root, tmp_path / "out", to="yolo")

    numbers = (tmp_path / "out/labels/train/x.txt").read_text().split()
    assert [float(number) for number in numbers] == pytest.approx([0, 0.2, 0.5, 0.2, 0.5])
    kinds = [finding.kind for finding in conversion.findings if finding.kind != "leakage"]
    assert kinds == ([] if shape == "box" else ["polygon"])


def test_a_box_turned_by_45_degrees(tmp_path):
    """A square of side 20 around (50, 40) turned by 45 degrees spans 20 times the root of 2."""
    root = tmp_path / "set"
    save(root, image(root, "x.jpg", '<box label="a" xtl="40" ytl="30" xbr="60" ybr="50" rotation="45"/>'))
    convert_dataset(root, tmp_path / "out", to="yolo")
    numbers = [float(number) for number in (tmp_path / "out/labels/train/x.txt").read_text().split()]
    assert numbers == pytest.approx([0, 0.5, 0.5, 20 * 2**0.5 / 100, 20 * 2**0.5 / 80])


def test_what_has_no_box_is_named(tmp_path):
    root = tmp_path / "set"
    objects = [
        '<polyline label="a" points="1,2;3,4"/>',
        '<points label="a" points="1,2"/>',
        '<box label="a" outside="1" xtl="1" ytl="2" xbr="3" ybr="4"/>',
        '<box label="a" xtl="1" ytl="2" xbr="x" ybr="4"/>',
        '<box xtl="1" ytl="2" xbr="3" ybr="4"/>',
        '<tag label="night"/>',
        SHAPES["box"],
    ]
    save(root, image(root, "x.jpg", *objects))

    conversion = convert_dataset(root, tmp_path / "out", to="yolo")

    assert conversion.boxes == {"train": 1}
    assert [(finding.kind, finding.box) for finding in conversion.findings] == [
        ("bad-object", number) for number in (1, 2, 3, 4, 5)
    ]
    assert "image 'x.jpg', polyline 1 (a): a polyline has no box; left out" in str(conversion.findings[0])


def test_subsets_and_names_with_folders(tmp_path):
    root = tmp_path / "set"
    save(
        root,
        image(root, "one/x.jpg", SHAPES["box"], subset="Train"),
        image(root, "two/x.jpg", SHAPES["box"], subset="Train"),
        image(root, "y.jpg", SHAPES["box"], subset="Validation"),
        image(root, "z.jpg", SHAPES["box"], subset="testing", place="images/testing/z.jpg"),
        image(root, "w.jpg", SHAPES["box"]),
    )
    dataset = open_dataset(root)
    uses = {use: [(split.name, len(split)) for split in splits] for use, splits in dataset.uses.items()}
    assert uses == {"train": [("Train", 2), ("train_2", 1)], "val": [("Validation", 1)], "test": [("testing", 1)]}
    conversion = convert_dataset(root, tmp_path / "out", to="voc")
    assert sum(conversion.images.values()) == 5
    assert conversion.findings == ()


def test_attributes_and_labels(tmp_path):
    meta = "".join(f"<label><name>{name}</name><type>any</type></label>" for name in ("b", "a"))
    root = tmp_path / "set"
    attributes = '<attribute name="difficult">true</attribute><attribute name="colour">red</attribute>'
    box = f'<box label="a" occluded="1" xtl="10" ytl="20" xbr="30" ybr="60">{attributes}</box>'
    save(root, image(root, "x.jpg", box), meta=f"<meta><task><labels>{meta}</labels></task></meta>")

    dataset = open_dataset(root)

    assert [category.name for category in dataset.categories] == ["b", "a"]
    (item,) = next(dataset.splits[0].read()).record.items
    assert (item.is_difficult, item.is_occluded, item.extra) == (True, True, {"attributes": {"colour": "red"}})


def test_a_missing_image_costs_itself_and_tracks_are_refused(tmp_path):
    root = tmp_path / "set"
    save(root, image(root, "x.jpg", SHAPES["box"]), image(root, "y.jpg", SHAPES["box"]))
    (root / "images/y.jpg").unlink()
    assert [str(finding) for finding in convert_dataset(root, tmp_path / "out", to="yolo").findings] == [
        "annotations.xml: no image y.jpg; image left out"
    ]
    save(root, '<track id="0" label="a"><box frame="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track>')
    with pytest.raises(SliceError, match="export it as CVAT for images"):
        open_dataset(root)
