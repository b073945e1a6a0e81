"""Every format of ground truth and detections: the same boxes out of each, and bad lines named."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from yolo_slice.errors import SliceError
from yolo_slice.metrics import evaluate_coco, evaluate_voc, read_detections, read_truth

# Two images of 200 x 100 px; a dog from pixel 11 to 50 and 21 to 60 (VOC), a difficult cat, and a dog in the second.
OBJECTS = {
    "one": [("dog", (11, 21, 50, 60), False), ("cat", (101, 31, 140, 70), True)],
    "two": [("dog", (5, 5, 64, 44), False)],
}
FOUND = [("one", "dog", 0.9, (11, 21, 50, 60)), ("two", "dog", 0.8, (5, 5, 64, 25)), ("one", "cat", 0.7, (1, 1, 9, 9))]


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def xml(objects) -> str:
    things = "".join(
        f"<object><name>{name}</name><difficult>{int(hard)}</difficult><bndbox><xmin>{b[0]}</xmin><ymin>{b[1]}</ymin>"
        f"<xmax>{b[2]}</xmax><ymax>{b[3]}</ymax></bndbox><part><name>head</name></part></object>"
        for name, b, hard in objects
    )
    return f"<annotation><size><width>200</width><height>100</height></size>{things}</annotation>"


def edges(box):
    """What VOC's corners are for COCO: left, top, width, height."""
    return [box[0] - 1, box[1] - 1, box[2] - box[0], box[3] - box[1]]


def voc_folder(root: Path) -> Path:
    for image, objects in OBJECTS.items():
        write(root / "Annotations" / f"{image}.xml", xml(objects))
    write(root / "ImageSets/Main/val.txt", "one\ntwo\n")
    write(root / "ImageSets/Main/first.txt", "one\n")
    return root


def xml_folder(root: Path) -> Path:
    voc_folder(root)
    return root / "Annotations"


def voc_json(root: Path) -> Path:
    content = {
        image: {"w": 200, "h": 100, "objects": [{"name": n, "bbox": b, "difficult": int(d)} for n, b, d in objects]}
        for image, objects in OBJECTS.items()
    }
    return write(root / "voc.json", json.dumps(content))


def class_txt(root: Path) -> Path:
    for image, objects in OBJECTS.items():
        lines = [f"{n} {b[0]} {b[1]} {b[2]} {b[3]}{' difficult' if d else ''}\n" for n, b, d in objects]
        write(root / "truth" / f"{image}.txt", "".join(lines))
    return root / "truth"


def coco_json(root: Path) -> Path:
    annotations = [
        {"image_id": image, "category_id": ["cat", "dog"].index(n), "bbox": edges(b), "difficult": int(d)}
        for image, objects in enumerate(OBJECTS.values())
        for n, b, d in objects
    ]
    images = [{"id": n, "file_name": f"{image}.jpg", "width": 200, "height": 100} for n, image in enumerate(OBJECTS)]
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    content = {"images": images, "categories": categories, "annotations": annotations}
    return write(root / "coco.json", json.dumps(content))


def data_yaml(root: Path, side_files: bool = True) -> Path:
    """A data set as our own converter writes it: host labels without difficult objects, side files with them."""
    lines = []
    for image, objects in OBJECTS.items():
        (root / "images/val").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (200, 100)).save(root / "images/val" / f"{image}.png")
        rows = [
            f"{['cat', 'dog'].index(n)} {((b[0] + b[2]) / 2 - 1) / 200} {((b[1] + b[3]) / 2 - 1) / 100} "
            f"{(b[2] - b[0]) / 200} {(b[3] - b[1]) / 100}\n"
            for n, b, hard in objects
            if not hard
        ]
        write(root / "labels/val" / f"{image}.txt", "".join(rows))
        things = [{"name": n, "xyxy": b, "difficult": d, "pose": "Left"} for n, b, d in objects]
        line = {"image": f"images/val/{image}.png", "width": 200, "height": 100, "objects": things}
        lines.append(json.dumps(line) + "\n")
    if side_files:
        write(root / "annotations/val.jsonl", "".join(lines))
    data = {"path": str(root), "train": "images/val", "val": "images/val", "names": {0: "cat", 1: "dog"}}
    return write(root / "data.yaml", yaml.safe_dump(data))


def comp3(root: Path) -> Path:
    for name in ("dog", "cat"):
        lines = [f"{i} {s} {b[0]} {b[1]} {b[2]} {b[3]}\n" for i, n, s, b in FOUND if n == name]
        write(root / "results" / f"comp3_det_val_{name}.txt", "".join(lines))
    return root / "results"


def comp3_glob(root: Path) -> str:
    write(comp3(root) / "readme.txt", "not a result")
    return f"{root}/results/comp3_det_*.txt"


def found_class_txt(root: Path) -> Path:
    for image in OBJECTS:
        lines = [f"{n} {s} {b[0]} {b[1]} {b[2]} {b[3]}\n" for i, n, s, b in FOUND if i == image]
        write(root / "found" / f"{image}.txt", "".join(lines))
    return root / "found"


def coco_results(root: Path) -> Path:
    rows = [{"image_id": i, "category_id": n, "bbox": edges(b), "score": s} for i, n, s, b in FOUND]
    return write(root / "results.json", json.dumps(rows))


TRUTHS = [voc_folder, xml_folder, voc_json, class_txt, coco_json, data_yaml]
FOUNDS = [comp3, comp3_glob, found_class_txt, coco_results]


@pytest.mark.parametrize("make_truth", TRUTHS)
@pytest.mark.parametrize("make_found", FOUNDS)
def test_every_pair_of_formats_gives_the_same(tmp_path: Path, make_truth, make_found) -> None:
    truth = read_truth(make_truth(tmp_path / "t"))
    found = make_found(tmp_path / "f")
    assert sorted(truth.classes) == ["cat", "dog"]
    assert sorted(truth.xywh.round(6).tolist()) == sorted(
        edges(b) for objects in OBJECTS.values() for _, b, _ in objects
    )
    assert truth.knows_difficult
    assert truth.is_difficult.tolist().count(True) == 1
    metrics = evaluate_voc(truth, found)
    assert dict(metrics) == {"mAP": 1.0, "dog": 1.0}
    coco = evaluate_coco(truth, found)
    assert coco["AP50"] == pytest.approx(1.0)
    assert coco["AP75"] == pytest.approx(51 / 101)


def test_coco_results_with_the_ids_of_the_ground_truth(tmp_path: Path) -> None:
    rows = [
        {"image_id": i == "two", "category_id": int(n == "dog"), "bbox": edges(b), "score": s} for i, n, s, b in FOUND
    ]
    rows = [{**row, "image_id": int(row["image_id"])} for row in rows]
    assert evaluate_voc(coco_json(tmp_path), rows)["mAP"] == 1


def test_yolo_text_is_read_with_the_image_sizes(tmp_path: Path) -> None:
    """What Ultralytics writes with save_txt and save_conf: boxes over the image's size."""
    file = data_yaml(tmp_path)
    for image in OBJECTS:
        rows = [
            f"{['cat', 'dog'].index(n)} {((b[0] + b[2]) / 2 - 1) / 200} {((b[1] + b[3]) / 2 - 1) / 100} "
            f"{(b[2] - b[0]) / 200} {(b[3] - b[1]) / 100} {s}\n"
            for i, n, s, b in FOUND
            if i == image
        ]
        write(tmp_path / "predict/labels" / f"{image}.txt", "".join(rows))
    truth = read_truth(file)
    found = read_detections(tmp_path / "predict/labels", truth)
    wanted = {(n, *edges(b)) for _, n, _, b in FOUND}
    got = {
        (truth.classes[k], *np.round(box, 6).tolist()) for k, box in zip(found.label, found.xywh.tolist(), strict=True)
    }
    assert got == wanted
    assert dict(evaluate_voc(file, tmp_path / "predict/labels")) == {"mAP": 1.0, "dog": 1.0}


def test_labels_alone_do_not_know_difficult_objects(tmp_path: Path) -> None:
    truth = read_truth(data_yaml(tmp_path, side_files=False))
    assert not truth.knows_difficult
    assert len(truth.label) == 2
    assert truth.xywh[0].tolist() == [10, 20, 39, 39]


def test_polygons_give_their_box(tmp_path: Path) -> None:
    file = data_yaml(tmp_path, side_files=False)
    write(tmp_path / "labels/val/one.txt", "1 0.1 0.2 0.3 0.2 0.2 0.6\n")
    assert read_truth(file).xywh[0].tolist() == pytest.approx([20, 20, 40, 40])


def test_the_data_yaml_may_name_coco_json(tmp_path: Path) -> None:
    file = data_yaml(tmp_path)
    content = json.loads(coco_json(tmp_path).read_text())
    content["annotations"][0] |= {"area": 700.5, "iscrowd": 1}
    content["categories"][1]["name"] = "Dog"
    write(tmp_path / "coco.json", json.dumps(content))
    write(file, f"{file.read_text()}annotations:\n  val: coco.json\n")
    truth = read_truth(file)
    assert truth.images == ("images/val/one.png", "images/val/two.png")
    assert truth.classes == ("cat", "dog")
    assert sorted(zip(truth.label.tolist(), truth.area.tolist(), truth.is_crowd.tolist(), strict=True)) == [
        (0, 39 * 39, False),
        (1, 700.5, True),
        (1, 59 * 39, False),
    ]
    assert truth.area_kind == "segmentation area"
    content["images"][1]["file_name"] = "other.jpg"
    write(tmp_path / "coco.json", json.dumps(content))
    with pytest.raises(SliceError, match=r"coco\.json has no image two\.png"):
        read_truth(file)
    content["images"][1]["file_name"] = "two.jpg"
    content["categories"][1]["name"] = "wolf"
    write(tmp_path / "coco.json", json.dumps(content))
    with pytest.raises(SliceError, match="the data YAML has no class 'wolf'; it has"):
        read_truth(file)
    (tmp_path / "coco.json").unlink()
    with pytest.raises(SliceError, match=r"annotations of val: coco\.json is neither in"):
        read_truth(file)


def test_a_split_of_a_devkit(tmp_path: Path) -> None:
    folder = voc_folder(tmp_path)
    assert read_truth(folder, "first").images == ("one",)
    with pytest.raises(SliceError, match="no list nowhere; the lists are: first, val"):
        read_truth(folder, "nowhere")


def test_hosts_json_numbers_classes_from_one_and_drops_leading_zeros(tmp_path: Path) -> None:
    file = data_yaml(tmp_path)
    for kind, suffix in (("images", "png"), ("labels", "txt")):
        (tmp_path / kind / "val" / f"one.{suffix}").rename(tmp_path / kind / "val" / f"000012.{suffix}")
    rows = [{"image_id": 12, "category_id": 2, "bbox": [10, 20, 39, 39], "score": 0.9}]
    found = read_detections(rows, read_truth(file))
    assert (found.image.tolist(), found.label.tolist()) == ([0], [1])


@pytest.mark.parametrize(
    ("make", "name", "text", "message"),
    [
        (class_txt, "one.txt", "dog 1 2 3\n", r"one\.txt, line 1: 4 words instead of 5"),
        (class_txt, "one.txt", "dog 1 2 3 4\n\ndog 1 2 x 4\n", r"one\.txt, line 3: xmax is 'x', not a finite number"),
        (
            class_txt,
            "one.txt",
            "dog 9 2 3 4\n",
            r"one\.txt, line 1: box \['9', '2', '3', '4'\] ends before it begins",
        ),
        (xml_folder, "one.xml", "<annotation>", r"one\.xml: cannot be read as XML \(no element found"),
        (
            xml_folder,
            "one.xml",
            "<annotation><object><name>a</name></object></annotation>",
            r"object 1 \(a\): no bndbox",
        ),
        (xml_folder, "one.xml", xml([("", (1, 2, 3, 4), False)]), "object 1: no class name"),
        (xml_folder, "one.xml", xml([("a", (1, 2, "", 4), False)]), r"object 1 \(a\): no xmax"),
    ],
)
def test_bad_lines_of_ground_truth_are_named(tmp_path: Path, make, name: str, text: str, message: str) -> None:
    folder = make(tmp_path)
    write(folder / name, text)
    with pytest.raises(SliceError, match=message):
        read_truth(folder)


@pytest.mark.parametrize(
    ("make", "name", "text", "message"),
    [
        (comp3, "comp3_det_val_dog.txt", "one 0.9 1 2 3\n", "line 1: 5 words instead of 6"),
        (comp3, "comp3_det_val_dog.txt", "one 0.9 1 2 3 4\nthree 0.9 1 2 3 4\n", "line 2: image 'three' is not in"),
        (comp3, "comp3_det_val_dog.txt", "one x 1 2 3 4\n", "line 1: score is 'x'"),
        (found_class_txt, "one.txt", "dog 0.9 1 2 3\n", "line 1: 5 words instead of 6"),
        (found_class_txt, "three.txt", "dog 0.9 1 2 3 4\n", r"three\.txt: image 'three' is not in"),
        (found_class_txt, "one.txt", "1 0.5 0.5 0.1 0.1\n", r"one\.txt, line 1: 5 words instead of 6.*save_conf=True"),
        (found_class_txt, "one.txt", "7 0.5 0.5 0.1 0.1 0.9\n", "class 7 is not one of the 2 classes, 0 to 1"),
        (found_class_txt, "one.txt", "1 0.5 0.5 -0.1 0.1 0.9\n", "has a negative side"),
    ],
)
def test_bad_lines_of_detections_are_named(tmp_path: Path, make, name: str, text: str, message: str) -> None:
    folder = make(tmp_path / "found")
    write(folder / name, text)
    with pytest.raises(SliceError, match=message):
        read_detections(folder, read_truth(voc_folder(tmp_path)))


def test_yolo_text_needs_the_image_sizes(tmp_path: Path) -> None:
    write(tmp_path / "found/one.txt", "1 0.5 0.5 0.1 0.1 0.9\n")
    with pytest.raises(SliceError, match="the size of its image is not known"):
        read_detections(tmp_path / "found", read_truth(class_txt(tmp_path)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 0.5 0.5 0.1\n", r"one\.txt, line 1: 4 columns; a row is a class and 4 numbers"),
        ("2 0.5 0.5 0.1 0.1\n", "line 1: class 2 is not among the data set's 2 names"),
        ("1.5 0.5 0.5 0.1 0.1\n", r"line 1: class is '1\.5', not a whole number"),
        ("1 50 50 10 10\n", "must be shares of the image, from 0 to 1"),
    ],
)
def test_bad_labels_are_named(tmp_path: Path, text: str, message: str) -> None:
    file = data_yaml(tmp_path)
    write(tmp_path / "labels/val/one.txt", text)
    with pytest.raises(SliceError, match=message):
        read_truth(file)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"val\.jsonl, line 1: not a line of a side file"),
        ('{"image": "images/val/one.png"}', "line 1: not a line of a side file"),
        (
            '{"image": "images/val/one.png", "objects": [{"name": "dog", "xyxy": [1]}]}',
            "line 1: not a line of a side file",
        ),
    ],
)
def test_bad_side_files_are_named(tmp_path: Path, line: str, message: str) -> None:
    file = data_yaml(tmp_path)
    write(tmp_path / "annotations/val.jsonl", line)
    with pytest.raises(SliceError, match=message):
        read_truth(file)


def test_side_files_that_miss_an_image_are_not_used(tmp_path: Path) -> None:
    file = data_yaml(tmp_path)
    side = tmp_path / "annotations/val.jsonl"
    write(side, side.read_text().splitlines()[0])
    truth = read_truth(file)
    assert (truth.knows_difficult, truth.source) == (False, "labels")


def test_unknown_things_are_said(tmp_path: Path) -> None:
    for make, message in [
        (lambda: tmp_path / "nowhere", "does not exist"),
        (lambda: tmp_path, r"has no VOC XML, data YAML, COCO JSON or \*\.txt, but nothing; if `yolo-slice data check"),
        (lambda: write(tmp_path / "a.json", "[1]"), r"a\.json holds \[1\], not a JSON object"),
        (lambda: write(tmp_path / "b.json", "{"), r"b\.json, line 1: not JSON"),
        (lambda: write(tmp_path / "c.yaml", "names: [a]"), r"c\.yaml: names no split; expected train, val or test"),
    ]:
        with pytest.raises(SliceError, match=message):
            read_truth(make())
    truth = read_truth(voc_folder(tmp_path / "voc"))
    (tmp_path / "empty").mkdir()
    for source, message in [(tmp_path / "empty", r"has no \*\.txt"), (tmp_path / "no*.txt", "does not exist")]:
        with pytest.raises(SliceError, match=message):
            read_detections(source, truth)


def test_a_devkit_above_its_years_is_explained(tmp_path: Path) -> None:
    voc_folder(tmp_path / "VOC2012")
    with pytest.raises(SliceError, match="but VOC2012; name the year's folder in it"):
        read_truth(tmp_path)


def test_a_folder_of_yolo_labels_is_not_read_as_corners(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0.3 0.5 0.2 0.4\n")
    with pytest.raises(SliceError, match=r"holds YOLO's labels \(0 0.3 0.5 0.2 0.4\).* name the data YAML"):
        read_truth(tmp_path)
