"""A second, slow and plain way to COCO's and VOC's numbers, and random scenes to compare on."""

import numpy as np

IOUS = [0.5 + 0.05 * i for i in range(10)]


def scene(seed: int, images: int = 4, classes: int = 2, crowds: bool = True):
    """COCO ground truth and detections: jittered copies of the objects, doubles, and boxes from nowhere."""
    rng = np.random.default_rng(seed)
    truth = {
        "images": [{"id": 10 * i + 3, "width": 200, "height": 200} for i in range(images)],
        "categories": [{"id": 5 * k + 2, "name": f"c{k}"} for k in range(classes)],
        "annotations": [],
    }
    found = []
    for image in truth["images"]:
        for _ in range(rng.integers(0, 6)):
            side = float(rng.choice([6, 20, 50, 120]))
            box = [*rng.uniform(0, 60, 2).round(1).tolist(), side, side * float(rng.uniform(0.5, 1.0))]
            category = int(rng.integers(0, classes)) * 5 + 2
            annotation = {
                "id": len(truth["annotations"]),
                "image_id": image["id"],
                "category_id": category,
                "bbox": box,
            }
            annotation["area"] = box[2] * box[3] * float(rng.uniform(0.5, 1))
            annotation["iscrowd"] = int(crowds and rng.random() < 0.15)
            truth["annotations"].append(annotation)
            for _ in range(rng.integers(0, 3)):
                jitter = rng.normal(0, 0.12, 4) * side
                new = [box[0] + jitter[0], box[1] + jitter[1], max(box[2] + jitter[2], 1), max(box[3] + jitter[3], 1)]
                score = float(rng.choice([0.3, 0.5, 0.5, 0.9, rng.random()]))
                found.append({"image_id": image["id"], "category_id": category, "bbox": new, "score": score})
        for _ in range(rng.integers(0, 3)):
            box = [*rng.uniform(0, 150, 2).tolist(), *rng.uniform(4, 60, 2).tolist()]
            found.append({"image_id": image["id"], "category_id": 2, "bbox": box, "score": float(rng.random())})
    return truth, found


def overlap(a, b, crowd=False):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    inside = max(w, 0) * max(h, 0)
    return inside / (a[2] * a[3] if crowd else a[2] * a[3] + b[2] * b[3] - inside)


def coco_ap(truth, found, category, iou, low=0.0, high=1e10, limit=100):
    """AP of one class at one IoU; -1 if no object has an area from low to high, both included."""
    marks, objects = [], 0
    for image in truth["images"]:
        mine = [g for g in truth["annotations"] if (g["image_id"], g["category_id"]) == (image["id"], category)]
        ignored = [bool(g["iscrowd"]) or not low <= g["area"] <= high for g in mine]
        objects += ignored.count(False)
        taken = [False] * len(mine)
        boxes = [d for d in found if (d["image_id"], d["category_id"]) == (image["id"], category)]
        for box in sorted(boxes, key=lambda d: -d["score"])[:limit]:
            best = None
            for want_ignored in (False, True):
                for n, g in enumerate(mine):
                    if ignored[n] is not want_ignored or (taken[n] and not g["iscrowd"]):
                        continue
                    value = overlap(box["bbox"], g["bbox"], bool(g["iscrowd"]))
                    if value >= min(iou, 1 - 1e-10) and (best is None or value >= best[0]):
                        best = (value, n)
                if best:
                    break
            if best:
                taken[best[1]] = True
                marks += [(box["score"], True)] if not ignored[best[1]] else []
            elif low <= box["bbox"][2] * box["bbox"][3] <= high:
                marks.append((box["score"], False))
    if not objects:
        return -1.0
    marks.sort(key=lambda m: -m[0])
    right = np.cumsum([m[1] for m in marks])
    curve = [(r / objects, r / (n + 1)) for n, r in enumerate(right)]
    return sum(max((p for r, p in curve if r >= t), default=0.0) for t in np.linspace(0, 1, 101)) / 101


def mean_known(values):
    known = [value for value in values if value > -1]
    return sum(known) / len(known) if known else -1.0


def voc_ap(objects, found, iou=0.5, rule="area"):
    """AP of one class, in VOC's corners: image -> [(*corners, difficult)], and [(image, score, corners)]."""
    used = {image: [False] * len(boxes) for image, boxes in objects.items()}
    total = sum(not box[4] for boxes in objects.values() for box in boxes)
    tp = fp = 0
    curve = []
    for image, _, box in sorted(found, key=lambda d: -d[1]):
        best, which = -1.0, -1
        for n, g in enumerate(objects.get(image, [])):
            w = min(box[2], g[2]) - max(box[0], g[0]) + 1
            h = min(box[3], g[3]) - max(box[1], g[1]) + 1
            if w > 0 and h > 0:
                areas = (box[2] - box[0] + 1) * (box[3] - box[1] + 1) + (g[2] - g[0] + 1) * (g[3] - g[1] + 1)
                if w * h / (areas - w * h) > best:
                    best, which = w * h / (areas - w * h), n
        if best >= iou:
            if objects[image][which][4]:
                continue
            tp, fp = tp + (not used[image][which]), fp + used[image][which]
            used[image][which] = True
        else:
            fp += 1
        curve.append((tp / total, tp / (tp + fp)))
    if rule == "11point":
        return sum(max((p for r, p in curve if r >= t / 10), default=0.0) for t in range(11)) / 11
    area = last = 0.0
    for n, (r, _) in enumerate(curve):
        area += (r - last) * max(p for _, p in curve[n:])
        last = r
    return area
