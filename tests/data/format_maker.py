"""Makes one small faultless set in every format: a and b to train on, c to validate on, a cat and a dog in each."""

import json

from set_maker import MAKERS, SPLITS, WH, save_noise
from voc_maker import annotation_xml, box_xml, save_annotation

BOXES = {"cat": (10, 20, 30, 60), "dog": (40, 20, 60, 60)}  # x1, y1, x2, y2 in pixels from 0; the images are 100x80
ROWS = "0 0.2 0.5 0.2 0.5\n1 0.5 0.5 0.2 0.5\n"  # the same in YOLO's numbers


def make_cvat(root):
    images = ""
    for split, stems in SPLITS.items():
        for stem in stems:
            save_noise(root / f"images/{stem}.jpg")
            boxes = "".join(
                f'<box label="{name}" occluded="0" xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" z_order="0"/>'
                for name, (x1, y1, x2, y2) in BOXES.items()
            )
            images += (
                f'<image id="0" name="{stem}.jpg" subset="{split}" width="{WH[0]}" height="{WH[1]}">{boxes}</image>'
            )
    (root / "annotations.xml").write_text(
        f"<annotations><version>1.1</version>{images}</annotations>", encoding="utf-8"
    )
    return root


def make_roboflow_voc(root):
    for split, stems in SPLITS.items():
        for stem in stems:
            place = root / ("valid" if split == "val" else split)
            save_noise(place / f"{stem}.jpg")
            objects = (box_xml(name, tuple(number + 1 for number in box)) for name, box in BOXES.items())
            save_annotation(place / f"{stem}.xml", annotation_xml(*objects))
    return root


def make_label_studio(root):
    """Label Studio has no splits, and writes paths as the system has them."""
    images, annotations = [], []
    for number, stem in enumerate("abc"):
        save_noise(root / f"images/{stem}.jpg")
        images.append({"id": number, "file_name": f"images\\{stem}.jpg", "width": WH[0], "height": WH[1]})
        for category, (x1, y1, x2, y2) in enumerate(BOXES.values()):
            box = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": 800, "iscrowd": 0, "ignore": 0, "segmentation": []}
            annotations.append({"id": len(annotations), "image_id": number, "category_id": category, **box})
    categories = [{"id": number, "name": name} for number, name in enumerate(BOXES)]
    data = {"images": images, "annotations": annotations, "categories": categories, "info": {"version": "1.0"}}
    (root / "result.json").write_text(json.dumps(data), encoding="utf-8")
    return root


def make_side_by_side(root):
    for split, stems in SPLITS.items():
        for stem in stems:
            save_noise(root / split / f"{stem}.jpg")
            (root / split / f"{stem}.txt").write_text(ROWS, encoding="utf-8")
    (root / "classes.txt").write_text("cat\n\ndog\n\n", encoding="utf-8")
    return root


def make_darknet(root):
    """As CVAT writes it: everything is taken from data/, which is the folder itself."""
    for split, stems in SPLITS.items():
        for stem in stems:
            save_noise(root / f"obj_{split}_data/{stem}.jpg")
            (root / f"obj_{split}_data/{stem}.txt").write_text(ROWS, encoding="utf-8")
        lines = (f"data/obj_{split}_data/{stem}.jpg\n" for stem in stems)
        (root / f"{split}.txt").write_text("".join(lines), encoding="utf-8")
    (root / "obj.names").write_text("cat\ndog\n", encoding="utf-8")
    entries = "classes = 2\ntrain = data/train.txt\nvalid = data/val.txt\nnames = data/obj.names\nbackup = backup/\n"
    (root / "obj.data").write_text(entries, encoding="utf-8")
    return root


FORMAT_MAKERS = {
    **MAKERS,
    "cvat": make_cvat,
    "darknet": make_darknet,
    "label-studio": make_label_studio,
    "roboflow-voc": make_roboflow_voc,
    "side-by-side": make_side_by_side,
}
