"""Work and memory of a conversion: how both grow with the number of images."""

import sys
import tracemalloc

import pytest
from set_maker import save_noise
from voc_maker import annotation_xml, box_xml, make_voc, save_annotation, save_list

from yolo_slice.data import convert_dataset

OBJECTS = 3  # 47,223 objects in the 16,551 images of VOC 07+12 trainval, 2.9 an image
MOST_CALLS = 2000  # an image


def make_many(root, count):
    save_noise(root / "seed.jpg", (500, 375))
    picture = (root / "seed.jpg").read_bytes()
    (root / "JPEGImages").mkdir(parents=True)
    ids = [f"{number:06d}" for number in range(count)]
    text = annotation_xml(
        *(
            box_xml("dog", (10 + i, 20.5, 200, 300), "<pose>Left</pose><difficult>0</difficult>")
            for i in range(OBJECTS)
        ),
        wh=(500, 375),
    )
    for id in ids:
        save_annotation(root / "Annotations" / f"{id}.xml", text)
        (root / "JPEGImages" / f"{id}.jpg").write_bytes(picture[:20_000])  # only headers are read
    save_list(root, "train", " ".join(ids[count // 5 :]))
    save_list(root, "val", " ".join(ids[: count // 5]))
    return root


def count_calls(root, out, to):
    """Count the calls of Python functions that a conversion takes: the same on every machine."""
    count = 0

    def see(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(see)
    try:
        convert_dataset(root, out, to=to, images="link")
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.long
@pytest.mark.parametrize("to", ["yolo", "coco", "voc"])
def test_work_grows_with_the_images_and_no_faster(tmp_path, to):
    """An image of three objects costs as many calls, whether it is one of a hundred or of two hundred."""
    make_voc(tmp_path / "warm", train="a", val="b")
    count_calls(tmp_path / "warm", tmp_path / "out", to)
    sizes = (50, 100, 200)
    few, some, many = (count_calls(make_many(tmp_path / f"{n}", n), tmp_path / f"out{n}", to) for n in sizes)
    first, second = (some - few) / 50, (many - some) / 100
    print(f"voc -> {to}: {first:.0f} and {second:.0f} calls an image")
    assert second < 1.05 * first
    assert second < MOST_CALLS


def peak_bytes(root, out, to):
    tracemalloc.start()
    convert_dataset(root, out, to=to, images="link")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.long
@pytest.mark.parametrize("to", ["yolo", "coco", "voc"])
def test_memory_hardly_grows_with_the_images(tmp_path, to):
    """What is held of an image is its name in an index or two, not its annotation."""
    make_voc(tmp_path / "warm", train="a", val="b")
    peak_bytes(tmp_path / "warm", tmp_path / "out0", to)
    few, many = (make_many(tmp_path / f"voc{count}", count) for count in (20, 100))
    grown = peak_bytes(many, tmp_path / "out2", to) - peak_bytes(few, tmp_path / "out1", to)
    print(f"voc -> {to}: {grown / 80:.0f} bytes an image")
    assert grown / 80 < 3000
