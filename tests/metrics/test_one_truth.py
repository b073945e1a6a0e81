"""One ground truth in every format: one detection file gives the same numbers against each of them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from yolo_slice.data import convert_dataset
from yolo_slice.errors import SliceError
from yolo_slice.metrics import Truth, evaluate_coco, evaluate_voc, read_truth

RULES = ["area", "11point"]
BOX_XML = """<annotation><size><width>100</width><height>100</height></size><object><name>dog</name>
<difficult>0</difficult><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>21</xmax><ymax>31</ymax></bndbox></object></annotation>"""


def save_image(file: Path, seed: int = 0, wh: tuple[int, int] = (100, 100)) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (wh[1], wh[0], 3), np.uint8)
    Image.fromarray(pixels).save(file)


def make_xml_folder(root: Path) -> Path:
    """One dog from pixel 11 to 21 and 21 to 31, which is [10, 20, 10, 10] for COCO."""
    (root / "Annotations").mkdir(parents=True)
    (root / "ImageSets/Main").mkdir(parents=True)
    (root / "Annotations/a.xml").write_text(BOX_XML)
    (root / "ImageSets/Main/val.txt").write_text("a\n")
    save_image(root / "JPEGImages/a.png")
    return root


def make_coco_set(root: Path) -> Path:
    """Six images with crowds, difficult objects, areas of masks, and boxes at the border of their image."""
    rng = np.random.default_rng(7)
    images, annotations = [], []
    for n in range(6):
        images.append({"id": 70 - n, "file_name": f"{n:04}x.png", "width": 200, "height": 150})
        save_image(root / f"images/val/{n:04}x.png", n, (200, 150))
        for k in range(5):
            w, h = (int(v) for v in rng.integers(8, 110, 2))
            x, y = int(rng.integers(0, 200 - w + 1)), int(rng.integers(0, 150 - h + 1))
            entry = {
                "id": len(annotations) + 1,
                "image_id": 70 - n,
                "category_id": [18, 3][k % 2],
                "bbox": [x, y, w, h],
            }
            entry |= {"area": round(w * h * float(rng.uniform(0.4, 1)), 2), "iscrowd": int(k == 4 and n % 2)}
            entry |= {"difficult": 1, "ignore": 1} if k == 3 and n % 2 else {}
            annotations.append(entry)
    categories = [{"id": 3, "name": "cat"}, {"id": 18, "name": "dog"}]
    (root / "annotations").mkdir()
    content = {"images": images, "categories": categories, "annotations": annotations}
    (root / "annotations/instances_val.json").write_text(json.dumps(content))
    return root


def found_near(truth: Truth, seed: int = 0) -> list[dict]:
    """Detections near the objects, twice, and elsewhere; images by their stem, classes by their name."""
    rng = np.random.default_rng(seed)
    stems = [Path(name).stem for name in truth.images]
    rows = []
    for image, label, xywh in zip(truth.image, truth.label, truth.xywh, strict=True):
        for _ in range(2):
            side = xywh[2:].max()
            box = xywh + rng.normal(0, 0.04, 4) * side
            row = {"image_id": stems[image], "category_id": truth.classes[label], "score": float(rng.random())}
            rows.append({**row, "bbox": [*box[:2].tolist(), *np.maximum(box[2:], 1).tolist()]})
        rows.append({**rows[-1], "bbox": [1, 1, *rng.uniform(4, 40, 2).tolist()], "score": float(rng.random())})
    return rows


def numbers(truth: Truth, found: list[dict]) -> list[float]:
    voc = [evaluate_voc(truth, found, rule=rule) for rule in RULES]
    by_class = [v[name] for v in voc for name in sorted(v.ap)]
    return [*evaluate_coco(truth, found).values(), *(v["mAP"] for v in voc), *by_class]


def facts(truth: Truth) -> list[tuple]:
    """What must be kept of each object."""
    names = [Path(truth.images[image]).stem for image in truth.image]
    classes = [truth.classes[label] for label in truth.label]
    rows = zip(
        names, classes, truth.xywh.round(3).tolist(), truth.area.round(2).tolist(),
        truth.is_crowd.tolist(), truth.is_difficult.tolist(), strict=True,
    )  # fmt: skip
    return sorted((name, cls, *box, area, crowd, hard) for name, cls, box, area, crowd, hard in rows)


def all_formats(source: Path, out: Path, split: str) -> dict[str, Truth]:
    voc = convert_dataset(source, out / "voc", to="voc").folder
    coco = convert_dataset(source, out / "coco", to="coco").folder
    yolo = convert_dataset(source, out / "yolo", to="yolo").folder
    files = sorted((coco / "annotations").glob("instances_*.json"))
    (file,) = [file for file in files if split in file.name] or files
    return {
        "XML": read_truth(voc, split),
        "COCO JSON": read_truth(file),
        "labels and side files": read_truth(yolo / "data.yaml", split),
    }


def with_names(truth: Truth, found: list[dict]) -> list[dict]:
    """COCO JSON calls images by id, too; stems are known everywhere."""
    assert {row["image_id"] for row in found} <= truth.image_index.keys()
    return found


def test_a_voc_box_and_its_coco_box_are_the_same(tmp_path: Path) -> None:
    root = make_xml_folder(tmp_path / "set")
    coco = convert_dataset(root, tmp_path / "coco", to="coco").folder
    yolo = convert_dataset(root, tmp_path / "yolo", to="yolo").folder
    bare = shutil.copytree(yolo, tmp_path / "bare")
    shutil.rmtree(bare / "annotations")
    (bare / "data.yaml").write_text((yolo / "data.yaml").read_text().replace(str(yolo), str(bare)))
    found = [{"image_id": "a", "category_id": "dog", "bbox": [10, 20, 10, 10], "score": 0.9}]
    for source in (root, next(coco.glob("annotations/*val*.json")), yolo / "data.yaml", bare / "data.yaml"):
        assert evaluate_coco(source, found)["AP"] == pytest.approx(1), source
        assert evaluate_voc(source, found)["mAP"] == 1, source
        assert read_truth(source).xywh.tolist() == [[10, 20, 10, 10]], source


def test_crowds_difficult_objects_and_areas_are_kept_in_every_format(tmp_path: Path) -> None:
    source = make_coco_set(tmp_path / "source")
    original = read_truth(source / "annotations/instances_val.json")
    assert (original.is_crowd.sum(), original.is_difficult.sum(), original.area_kind) == (3, 3, "segmentation area")
    truths = all_formats(source, tmp_path, "val")
    found = found_near(truths["labels and side files"])
    expected = numbers(original, found)
    assert 0.2 < expected[0] < 0.9
    for name, truth in truths.items():
        by_stem = {str(70 - n): f"{n:04}x" for n in range(6)}
        rows = [(by_stem.get(image, image), *rest) for image, *rest in facts(truth)]
        assert sorted(rows) == sorted((by_stem[image], *rest) for image, *rest in facts(original)), name
        assert numbers(truth, with_names(truth, found)) == pytest.approx(expected, abs=1e-12), name
    shutil.rmtree(tmp_path / "yolo/annotations")
    labels = read_truth(tmp_path / "yolo/data.yaml")
    assert (labels.knows_difficult, labels.source, labels.area_kind) == (False, "labels", "box area")
    assert numbers(labels, found) != pytest.approx(expected, abs=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("name", ["bccd", "coco128"])
def test_real_sets(real_data: Path, tmp_path: Path, name: str) -> None:
    source = shutil.copytree(real_data / name, tmp_path / name, ignore=shutil.ignore_patterns("*.cache"))
    if name == "coco128":
        source = source / "annotations/instances_coco128.json"
    split = "val" if name == "bccd" else "train"
    truths = all_formats(source, tmp_path / "out", split)
    found = found_near(truths["labels and side files"])
    expected = numbers(truths["labels and side files"], found)
    for kind, truth in truths.items():
        assert numbers(truth, with_names(truth, found)) == pytest.approx(expected, abs=1e-4), kind
    source_truth = read_truth(source, split if name == "bccd" else None)
    assert numbers(source_truth, found) == pytest.approx(expected, abs=1e-4)


def test_pixels_of_a_label_and_of_coco_results_are_the_same(tmp_path: Path) -> None:
    save_image(tmp_path / "images/val/a.png")
    (tmp_path / "labels/val").mkdir(parents=True)
    (tmp_path / "labels/val/a.txt").write_text("0 0.11 0.11 0.02 0.02\n")
    data = {"path": str(tmp_path), "train": "images/val", "val": "images/val", "names": ["dog"]}
    (tmp_path / "data.yaml").write_text(yaml.safe_dump(data))
    (tmp_path / "found.json").write_text(
        json.dumps([{"image_id": "a", "category_id": 1, "bbox": [10, 10, 2, 2], "score": 1}])
    )
    assert evaluate_coco(tmp_path / "data.yaml", tmp_path / "found.json")["AP"] == pytest.approx(1)
    assert evaluate_voc(tmp_path / "data.yaml", tmp_path / "found.json")["mAP"] == 1


def test_cocos_ids_are_known_wherever_the_source_has_them(tmp_path: Path) -> None:
    source = make_coco_set(tmp_path / "source")
    found = found_near(read_truth(source / "annotations/instances_val.json"))
    by_id = [{**row, "image_id": int(row["image_id"]), "category_id": {"cat": 3, "dog": 18}[row["category_id"]]}
             for row in found]  # fmt: skip
    expected = numbers(read_truth(source / "annotations/instances_val.json"), by_id)
    voc = convert_dataset(source, tmp_path / "voc", to="voc").folder
    assert numbers(read_truth(voc), by_id) == pytest.approx(expected, abs=1e-12)
    yolo = convert_dataset(source, tmp_path / "yolo", to="yolo").folder
    assert numbers(read_truth(yolo / "data.yaml"), by_id) == pytest.approx(expected, abs=1e-12)
    shutil.rmtree(yolo / "annotations")
    shutil.copy(source / "annotations/instances_val.json", yolo / "t.json")
    (yolo / "data.yaml").write_text((yolo / "data.yaml").read_text() + "annotations:\n  val: t.json\n")
    truth = read_truth(yolo / "data.yaml")
    assert truth.source == str(yolo / "t.json")
    assert numbers(truth, by_id) == pytest.approx(expected, abs=1e-12)
    assert numbers(truth, [{**row, "image_id": f"{70 - row['image_id']:04}x"} for row in by_id]) == pytest.approx(
        expected
    )


def test_an_id_that_could_be_two_images_is_refused(tmp_path: Path) -> None:
    for n, name in enumerate(("1", "2")):
        save_image(tmp_path / f"images/val/{name}.png", n)
    images = [{"id": 2, "file_name": "1.png"}, {"id": 1, "file_name": "2.png"}]
    content = {"images": images, "categories": [{"id": 1, "name": "dog"}], "annotations": []}
    (tmp_path / "t.json").write_text(json.dumps(content))
    data = {"path": str(tmp_path), "train": "images/val", "val": "images/val", "names": ["dog"]}
    (tmp_path / "data.yaml").write_text(yaml.safe_dump({**data, "annotations": {"val": "t.json"}}))
    found = [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "score": 1}]
    with pytest.raises(SliceError, match="detection 0: image_id 1 is ambiguous"):
        evaluate_coco(tmp_path / "data.yaml", found)
    assert evaluate_coco(tmp_path / "t.json", found).detections == 1  # there the id is the rule
    assert evaluate_coco(tmp_path / "data.yaml", [{**found[0], "image_id": "1.png"}]).detections == 1


def test_a_folder_with_a_list_for_test_alone_in_any_letter_case(tmp_path: Path) -> None:
    root = make_xml_folder(tmp_path / "set")
    (root / "Annotations").rename(root / "annotations")
    (root / "ImageSets/Main/val.txt").rename(root / "ImageSets/Main/test.txt")
    assert read_truth(root, "test").images == ("a",)
    with pytest.raises(SliceError, match="no list val; the lists are: test"):
        read_truth(root, "val")


def test_what_is_not_an_annotation_is_refused(tmp_path: Path) -> None:
    root = make_xml_folder(tmp_path / "set")
    (root / "Annotations/b.xml").write_text("<html/>")
    with pytest.raises(SliceError, match=r"b\.xml: the root element is <html>, not <annotation>"):
        read_truth(root)


def test_boxes_that_are_not_trained_on_are_not_evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr("yolo_slice.integration.log.warn", warnings.append)
    root = make_xml_folder(tmp_path / "set")
    empty = BOX_XML.replace("<xmax>21", "<xmax>11")
    (root / "Annotations/b.xml").write_text(empty)
    truth = read_truth(root)
    assert (truth.images, len(truth.label)) == (("a", "b"), 1)
    assert len(warnings) == 1
    assert "1 object(s) are not evaluated" in warnings[0]
    assert "b.xml, object 1 (dog): degenerate box" in warnings[0]
