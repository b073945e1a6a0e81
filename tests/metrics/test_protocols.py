"""AI-TOD's and VisDrone's numbers: worked out by hand, and by a second, plain way on random scenes."""

import json
from pathlib import Path

import numpy as np
import pytest
from boxes_by_hand import IOUS, coco_ap, mean_known, overlap, scene

from yolo_slice import metrics
from yolo_slice.cli import main
from yolo_slice.errors import SliceError
from yolo_slice.metrics.protocols.ignored_regions import is_ignored
from yolo_slice.metrics.protocols.protocol import protocol_table

VISDRONE = [{"id": 0, "name": "ignored regions"}, {"id": 1, "name": "people"}, {"id": 4, "name": "car"}]


def truth(*boxes: tuple, categories: list | None = None, images: int = 1) -> dict:
    """Ground truth of (category, x, y, w, h) on image 1, or of (category, x, y, w, h, image)."""
    annotations = [
        {"id": n, "category_id": box[0], "bbox": [*box[1:5]], "image_id": box[5] if len(box) > 5 else 1}
        for n, box in enumerate(boxes)
    ]
    return {
        "images": [{"id": n + 1, "file_name": f"{n + 1}.jpg"} for n in range(images)],
        "categories": categories or VISDRONE,
        "annotations": annotations,
    }


def hit(category: int, box: tuple[float, ...], score: float, image: int = 1) -> dict:
    return {"image_id": image, "category_id": category, "bbox": [*box], "score": score}


def test_aitod_sizes_by_hand() -> None:
    """Sides 4, 12, 20 and 40: one object of each size, found but the tiny one; the small one with an IoU of 0.8."""
    ship = [{"id": 1, "name": "ship"}]
    objects = truth((1, 0, 0, 4, 4), (1, 20, 0, 12, 12), (1, 50, 0, 20, 20), (1, 100, 0, 40, 40), categories=ship)
    found = [hit(1, (0, 0, 4, 4), 0.9), hit(1, (50, 0, 20, 16), 0.8), hit(1, (100, 0, 40, 40), 0.7)]
    values = metrics.evaluate_aitod(objects, found).values
    assert [values[f"AP_{size}"] for size in ("vt", "t", "s", "m")] == pytest.approx([1, 0, 0.7, 1])
    assert [values[f"AR_{size}"] for size in ("vt", "t", "s", "m")] == pytest.approx([1, 0, 0.7, 1])
    # Of four objects the first is found first, the second and third at all ten and at seven thresholds.
    assert values["AR_1"] == pytest.approx(1 / 4)
    assert values["AR_1500"] == values["AR_100"] == pytest.approx((3 * 7 + 2 * 3) / 40)
    assert values["AP50"] == pytest.approx(76 / 101)  # recall 3/4 at precision 1: levels 0 to 0.75


def test_aitod_counts_1500_detections_of_a_class() -> None:
    """The right one is the least confident: as the 1500th it counts, as the 1501st no more."""
    ship = [{"id": 1, "name": "ship"}]
    wrong = [hit(1, (500 + n, 0, 5, 5), 0.9) for n in range(1500)]
    right = hit(1, (0, 0, 5, 5), 0.5)
    objects = truth((1, 0, 0, 5, 5), categories=ship)
    assert metrics.evaluate_aitod(objects, [*wrong[:1499], right]).values["AR_1500"] == 1
    assert metrics.evaluate_aitod(objects, [*wrong[:1499], right]).values["AR_100"] == 0
    assert metrics.evaluate_aitod(objects, [*wrong, right]).values["AR_1500"] == 0


def test_aitod_equals_the_plain_way() -> None:
    objects, found = scene(5)
    values = metrics.evaluate_aitod(objects, found).values
    for name, low, high in (("AP", 0, 1e5), ("AP_vt", 0, 8), ("AP_t", 8, 16), ("AP_s", 16, 32), ("AP_m", 32, 1e5)):
        each = [coco_ap(objects, found, k, t, low**2, high**2, limit=1500) for k in (2, 7) for t in IOUS]
        assert values[name] == pytest.approx(mean_known(each), abs=1e-9), name


def test_visdrone_by_hand() -> None:
    """Cars: right, wrong, right. AP is the area: 1/2 at precision 1, and 1/2 at 2/3."""
    objects = truth((4, 0, 0, 20, 20), (4, 50, 0, 20, 20), images=2)
    found = [hit(4, (0, 0, 20, 20), 0.9), hit(4, (200, 0, 20, 20), 0.8), hit(4, (50, 0, 20, 20), 0.7)]
    one = metrics.evaluate_visdrone(objects, found)
    assert one.values["AP"] == one.values["AP50"] == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert (one.values["AR_1"], one.values["AR_10"]) == (0.5, 1.0)
    assert [*one.per_class] == ["car"]
    assert one.notes[0].startswith("VisDrone: no ignored regions are known")


def test_visdrone_drops_what_lies_in_a_region_on_both_sides() -> None:
    """The car in the region is not to be found, the detections in it are no errors, and one outside it is."""
    objects = truth((4, 0, 0, 20, 20), (4, 110, 10, 20, 20), (0, 100, 0, 60, 60))
    right, inside, half = hit(4, (0, 0, 20, 20), 0.5), hit(1, (110, 10, 20, 20), 0.9), hit(4, (90, 10, 20, 20), 0.8)
    less = hit(4, (88, 10, 20, 20), 0.8)  # 9 of 20 columns
    one = metrics.evaluate_visdrone(objects, [right, inside, half])
    assert (one.values["AP"], one.values["AR_1"], one.notes) == (1.0, 1.0, ())
    assert metrics.evaluate_visdrone(objects, [right, less]).values["AP"] == 0.5


def test_visdrone_limits_count_all_classes_of_an_image_together() -> None:
    objects = truth((4, 0, 0, 20, 20), (1, 0, 50, 20, 20))
    found = [hit(4, (0, 0, 20, 20), 0.9), hit(1, (0, 50, 20, 20), 0.8)]
    values = metrics.evaluate_visdrone(objects, found).values
    assert (values["AR_1"], values["AR_10"]) == (0.5, 1.0)  # COCO would give one detection to each class
    many = [hit(1, (300 + n, 0, 5, 5), 0.95) for n in range(499)]
    assert metrics.evaluate_visdrone(objects, [*many, *found]).values["AR_500"] == 0.5


def test_visdrone_equals_the_plain_way() -> None:
    """COCO's matching and VOC's area, in loops; regions pixel by pixel."""
    objects, found = scene(7, images=6)
    for number, image in enumerate(objects["images"]):
        x = 40.0 * number
        objects["annotations"].append(
            {"id": 900 + number, "image_id": image["id"], "category_id": 0, "bbox": [x, 0, 70, 90], "area": 1}
        )
    objects["categories"].append({"id": 0, "name": "Ignored-Regions"})
    regions = {a["image_id"]: a["bbox"] for a in objects["annotations"] if a["category_id"] == 0}

    def pixels(box: list[float]) -> set[tuple[int, int]]:
        x, y, w, h = (max(1, int(np.floor(side + 0.5))) for side in box)
        return {(i, j) for i in range(x + 1, x + w + 1) for j in range(y + 1, y + h + 1)}

    def is_outside(one: dict) -> bool:
        x, y, w, h = (max(1, side) for side in regions[one["image_id"]])
        area = pixels(one["bbox"])
        return sum(x <= i <= x + w and y <= j <= y + h for i, j in area) / len(area) < 0.5

    left = {**objects, "annotations": [a for a in objects["annotations"] if a["category_id"] and is_outside(a)]}
    ap = [_area(left, [d for d in found if is_outside(d)], k, t) for k in (2, 7) for t in IOUS]
    assert metrics.evaluate_visdrone(objects, found).values["AP"] == pytest.approx(np.mean(ap), abs=1e-9)


def _area(objects: dict, found: list[dict], category: int, iou: float) -> float:
    marks, total = [], 0
    for image in objects["images"]:
        mine = [g for g in objects["annotations"] if (g["image_id"], g["category_id"]) == (image["id"], category)]
        total += sum(not g["iscrowd"] for g in mine)
        taken: set[int] = set()
        boxes = [d for d in found if (d["image_id"], d["category_id"]) == (image["id"], category)]
        for d in sorted(boxes, key=lambda d: -d["score"]):
            over = [overlap(d["bbox"], g["bbox"], bool(g["iscrowd"])) for g in mine]
            free = [n for n, g in enumerate(mine) if over[n] >= iou and n not in taken and not g["iscrowd"]]
            if free:
                taken.add(max(free, key=lambda n: (over[n], n)))
                marks.append((d["score"], True))
            elif not any(over[n] >= iou for n, g in enumerate(mine) if g["iscrowd"]):
                marks.append((d["score"], False))
    right = np.cumsum([is_right for _, is_right in sorted(marks, key=lambda m: -m[0])])
    precision = right / (np.arange(len(right)) + 1)
    steps = np.diff(right / total, prepend=0)
    return float(sum(step * precision[n:].max() for n, step in enumerate(steps)))


def test_regions_may_overlap_and_reach_beyond_the_image() -> None:
    regions = np.array([[10.0, 10, 20, 20], [20, 10, 1000, 20], [-50, -50, 4, 4]])
    boxes = np.array([[15.0, 10, 10, 20], [500, 15, 10, 10], [1, 1, 4, 4], [10, 28, 10, 10]])
    assert is_ignored(boxes, regions).tolist() == [True, True, True, False]


def test_regions_of_visdrones_own_files(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("100,0,60,60,0,0,0,0\n0,0,20,20,1,4,0,0,\n")
    objects = truth((4, 0, 0, 20, 20))
    found = [hit(4, (110, 10, 20, 20), 0.9), hit(4, (0, 0, 20, 20), 0.5)]
    assert metrics.evaluate_visdrone(objects, found).values["AP"] == 0.5
    assert metrics.evaluate_visdrone(objects, found, tmp_path).values["AP"] == 1.0
    (tmp_path / "1.txt").write_text("100,0,60,60,0,0,0,0\n1,2,x\n")
    with pytest.raises(SliceError, match=r"1.txt, line 2: expected x,y,w,h,score"):
        metrics.evaluate_visdrone(objects, found, tmp_path)
    (tmp_path / "1.txt").unlink()
    with pytest.raises(SliceError, match=r"1.txt does not exist; regions="):
        metrics.evaluate_visdrone(objects, found, tmp_path)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "truth.json").write_text(json.dumps(truth((4, 0, 0, 20, 20), (1, 50, 0, 20, 20))))
    (tmp_path / "found.json").write_text(json.dumps([hit(4, (0, 0, 20, 20), 0.9)]))
    files = [
        f"truth={tmp_path / 'truth.json'}",
        f"detections={tmp_path / 'found.json'}",
        f"project={tmp_path / 'runs'}",
    ]
    assert main(["eval", *files, "protocol=visdrone"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["VisDrone", "AP", "AP50", "AP75", "AR_1", "AR_10", "AR_100", "AR_500"] in lines
    assert ["found", *["0.500"] * 7] in lines
    record = json.loads((tmp_path / "runs" / "eval" / "eval.json").read_text())["found"]["VisDrone"]
    assert (record["AP"], record["per_class"]["car"]["AP"]) == (0.5, 1.0)
    assert main(["eval", *files, f"regions={tmp_path}"]) == 1
    assert capsys.readouterr().err.startswith(f"yolo-slice: regions={tmp_path} is for protocol=visdrone")
    assert main(["eval", *files, "protocol=aitod"]) == 0
    assert "AP_vt" in capsys.readouterr().out


def test_a_table_of_several_models_has_no_classes() -> None:
    one = metrics.evaluate_visdrone(truth((4, 0, 0, 20, 20), (1, 50, 0, 20, 20)), [hit(4, (0, 0, 20, 20), 0.9)])
    assert "car" in protocol_table({"a": one})
    assert "car" not in protocol_table({"a": one, "b": one})
