"""Files that are bombs, endless, cut, empty, or not what their names say."""

import io
import pickle
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from torture.data_laws import check_and_convert
from torture.ends import check_end
from torture.fell import FellError
from torture.room import Room, Unchanged
from torture.tree import read_tree

XML, JSON, LABELS, YAML = "Annotations/a.xml", "annotations/instances_train.json", "labels/train/a.txt", "data.yaml"
PICTURE, LIST = "images/train/a.jpg", "ImageSets/Main/train.txt"
OBJECT = "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
LONG = "9" * 400


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE annotation [<!ENTITY l0 "ha">{entities}]><annotation><filename>&l9;</filename></annotation>'


def _yaml_laughs() -> str:
    rows = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    return f"a0: &a0 [x, x]\n{rows}train: images/train\nval: images/val\nnames: *a9\n"


def _annotation(inner: str, size: str = "100") -> str:
    return f"<annotation><size><width>{size}</width><height>80</height><depth>3</depth></size>{inner}</annotation>"


def _coco(width: str = "100", box: str = "[10, 20, 20, 40]", extra: str = "", count: int = 1) -> str:
    rows = ", ".join(f'{{"id": {n}, "image_id": 1, "category_id": 1, "bbox": {box}{extra}}}' for n in range(count))
    image = f'{{"id": 1, "file_name": "a.jpg", "width": {width}, "height": 80}}'
    return f'{{"images": [{image}], "annotations": [{rows}], "categories": [{{"id": 1, "name": "cat"}}]}}'


def _yaml(names: str = "[cat, dog]", more: str = "") -> str:
    return f"train: images/train\nval: images/val\nnames: {names}\n{more}"


TEXTS: dict[str, tuple[str, str, Callable[[], str]]] = {  # case: the set, the file, the text
    "billion laughs": ("voc", XML, _laughs),
    "external entity": (
        "voc", XML, lambda: f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{_annotation("<filename>&x;</filename>")}',
    ),
    "XML 100,000 deep": ("voc", XML, lambda: "<annotation>" + "<a>" * 100_000 + "</a>" * 100_000 + "</annotation>"),
    "XML of 200,000 objects": ("voc", XML, lambda: _annotation(OBJECT * 200_000)),
    "XML of 10 MB in a name": ("voc", XML, lambda: _annotation(OBJECT.replace("cat", "c" * 10_000_000))),
    "XML of 400 digits": ("voc", XML, lambda: _annotation(OBJECT.replace(">9<", f">{LONG}<"), LONG)),
    "XML nan": ("voc", XML, lambda: _annotation(OBJECT.replace(">9<", ">nan<"), "inf")),
    "XML in UTF-16": ("voc", XML, lambda: '<?xml version="1.0" encoding="utf-16"?><annotation/>'),
    "XML of an unknown encoding": ("voc", XML, lambda: '<?xml version="1.0" encoding="no-such"?><annotation/>'),
    "XML is nothing": ("voc", XML, lambda: ""),
    "list of 1,000,000 lines": ("voc", LIST, lambda: "a\n" * 1_000_000),
    "list of one line of 10 MB": ("voc", LIST, lambda: "a" * 10_000_000),
    "JSON 100,000 deep": ("coco", JSON, lambda: "[" * 100_000 + "]" * 100_000),
    "JSON of 400 digits": ("coco", JSON, lambda: _coco(width=LONG)),
    "JSON of 5,000 digits": ("coco", JSON, lambda: _coco(width="9" * 5000)),
    "JSON box of 400 digits": ("coco", JSON, lambda: _coco(box=f"[{LONG}, 1, {LONG}, 1]")),
    "JSON id of 400 digits": ("coco", JSON, lambda: _coco().replace('"id": 1,', f'"id": {LONG},')),
    "JSON nan": ("coco", JSON, lambda: _coco(width="NaN", box="[NaN, Infinity, -Infinity, 1]")),
    "JSON 1e999": ("coco", JSON, lambda: _coco(box="[1e999, 1, 1, 1]")),
    "JSON of 100,000 equal boxes": ("coco", JSON, lambda: _coco(count=100_000)),
    "JSON of a polygon of 1,000,000 points": (
        "coco", JSON, lambda: _coco(extra=f', "segmentation": [[{", ".join(["1.5"] * 1_000_000)}]]'),
    ),
    "JSON mask of a million pixels a side": (
        "coco", JSON, lambda: _coco(extra=', "segmentation": {"counts": [1000000000000], "size": [1000000, 1000000]}'),
    ),
    "JSON is nothing": ("coco", JSON, lambda: ""),
    "YAML laughs": ("yolo", YAML, _yaml_laughs),
    "YAML 10,000 deep": ("yolo", YAML, lambda: _yaml("[" * 10_000 + "]" * 10_000)),
    "YAML of Python objects": ("yolo", YAML, lambda: _yaml('!!python/object/apply:os.system ["touch pwned"]')),
    "YAML download": ("yolo", YAML, lambda: "train: nowhere\nval: nowhere\nnames: [cat]\ndownload: touch pwned\n"),
    "YAML of 400 digits": ("yolo", YAML, lambda: _yaml(f"{{{LONG}: cat, 1: dog}}")),
    "YAML of 1,000,000 classes": ("yolo", YAML, lambda: _yaml("{1000000: cat}")),
    "YAML of 100,000 names": ("yolo", YAML, lambda: _yaml("[" + ", ".join(f"n{n}" for n in range(100_000)) + "]")),
    "YAML refers to itself": ("yolo", YAML, lambda: _yaml("&a [*a, cat]")),
    "YAML is nothing": ("yolo", YAML, lambda: ""),
    "labels of 1,000,000 numbers a row": ("yolo", LABELS, lambda: "0 " + "0.5 " * 1_000_000),
    "labels of 200,000 rows": ("yolo", LABELS, lambda: "0 0.5 0.5 0.2 0.2\n" * 200_000),
    "labels of 200,000 different rows": (
        "yolo", LABELS, lambda: "".join(f"0 0.5 0.5 0.2 {n / 200_000:.6f}\n" for n in range(200_000)),
    ),
    "labels of 400 digits": ("yolo", LABELS, lambda: f"{LONG} 0.5 0.5 0.2 0.2\n0 {LONG} 0.5 0.2 0.2\n"),
    "labels of 5,000 digits": ("yolo", LABELS, lambda: f"{'9' * 5000} 0.5 0.5 0.2 0.2\n"),
    "labels nan": ("yolo", LABELS, lambda: "nan 0.5 0.5 0.2 0.2\n0 nan inf -inf 1e999\n"),
}  # fmt: skip


def _picture(format: str, side: int = 64) -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (side, side, 3), np.uint8)
    Image.fromarray(noise).save(out, format)
    return out.getvalue()


def _png_bomb() -> bytes:
    """A picture of 50,000 x 50,000 pixels in few bytes."""
    side = 50_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(1 + side // 8)) for _ in range(side)) + rows.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class _Planted:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, ("pwned", "w")


PICTURES: dict[str, Callable[[Room], bytes]] = {
    **{
        f"{kind} cut": lambda room, kind=kind: (whole := _picture(kind))[: room.rng.randrange(len(whole))]
        for kind in ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF")
    },
    **{f"{kind} called jpg": lambda _, kind=kind: _picture(kind) for kind in ("PNG", "BMP", "WEBP", "TIFF", "GIF")},
    "nothing": lambda _: b"",
    "zero bytes": lambda _: bytes(10_000),
    "noise": lambda room: room.rng.randbytes(10_000),
    "text": lambda _: b"no picture\n",
    "a pickle": lambda _: pickle.dumps(_Planted()),
    "2,500,000,000 pixels": lambda _: _png_bomb(),
    "one pixel": lambda _: _picture("JPEG", 1),
}
CAM = ("yolo-slice", "cam", "model=../inputs/tiny.pt", "imgsz=64", "device=cpu", "project=runs", "exist_ok=True")
VIDEOS = ("cut", "nothing", "text", "noise", "a picture", "head only", "damaged")
CHECKPOINTS = ("a pickle", "cut", "nothing", "text", "zero bytes", "planted unfinished")
CASES = (
    *TEXTS,
    *(f"picture: {name}" for name in PICTURES),
    *(f"picture for cam: {name}" for name in PICTURES),
    *(f"video: {name}" for name in VIDEOS),
    *(f"checkpoint: {name}" for name in CHECKPOINTS),
)
FAST, COUNT = 6, 2 * len(CASES)


def run(case: str, room: Room) -> None:
    """Put the file where it is expected, and use it."""
    kind, _, name = case.rpartition(": ")
    {"": _text, "picture": _data_picture, "picture for cam": _cam_picture, "video": _video, "checkpoint": _checkpoint}[
        kind
    ](name, room)
    if planted := [n for n in read_tree(room.root) if n.rpartition("/")[2] == "pwned"]:
        raise FellError(f"code was run: {planted}")


def _text(name: str, room: Room) -> None:
    kind, file, make = TEXTS[name]
    room.fill(kind)
    (room.inputs / kind / file).write_text(make())
    check_and_convert(room, f"../inputs/{kind}")
    passwd = Path("/etc/passwd").read_text().splitlines()[0]
    for written in (file for file in room.work.rglob("*") if file.is_file()):
        if passwd.encode() in written.read_bytes():
            raise FellError(f"{written.name} holds a file of the system")


def _data_picture(name: str, room: Room) -> None:
    room.fill("yolo")
    (room.inputs / "yolo" / PICTURE).write_bytes(PICTURES[name](room))
    check_and_convert(room, "../inputs/yolo")


def _cam_picture(name: str, room: Room) -> None:
    room.fill("yolo", "tiny.pt")
    (room.inputs / "yolo" / PICTURE).write_bytes(PICTURES[name](room))
    with Unchanged(room.inputs):
        room.run_checked([*CAM, "source=../inputs/yolo/images/train"], limit_s=60)


def _video(name: str, room: Room) -> None:
    room.fill("tiny.pt", "clip.mp4")
    file = room.inputs / "clip.mp4"
    whole = file.read_bytes()
    damaged = bytearray(whole)
    for _ in range(20):
        damaged[room.rng.randrange(len(damaged))] = room.rng.randrange(256)
    file.write_bytes(
        {
            "cut": whole[: room.rng.randrange(len(whole))],
            "nothing": b"",
            "text": b"no video\n",
            "noise": room.rng.randbytes(10_000),
            "a picture": _picture("PNG"),
            "head only": whole[:32],
            "damaged": bytes(damaged),
        }[name]
    )
    with Unchanged(room.inputs):
        room.run_checked([*CAM, "source=../inputs/clip.mp4"], limit_s=60)


def _checkpoint(name: str, room: Room) -> None:
    """Damaged ones are one line; one that runs code is refused where safe loading is asked for."""
    room.fill("tiny.pt", "pictures", "yolo")
    file = room.inputs / "tiny.pt"
    whole = file.read_bytes()
    convert = ["yolo-slice", "convert", "model=../inputs/tiny.pt", "out=out.pt", "imgsz=64", "device=cpu"]
    if name == "planted unfinished":
        (room.work / "out.unfinished").write_bytes(pickle.dumps(_Planted()))
        convert += ["to=slicesamp", "data=../inputs/pictures", "images=8", "steps=1", "distil=1", "rounds=1"]
    else:
        convert += ["to=spd"]
        content = {"a pickle": pickle.dumps(_Planted()), "cut": whole[: room.rng.randrange(len(whole))], "nothing": b""}
        file.write_bytes({**content, "text": b"no weights\n", "zero bytes": bytes(10_000)}[name])
    others = (
        ["yolo-slice", "eval", "model=../inputs/tiny.pt", "data=../inputs/yolo/data.yaml", "imgsz=64", "device=cpu"],
        [*CAM, "source=../inputs/pictures"],
    )
    with Unchanged(room.inputs):
        for words in (convert, *(others if name != "planted unfinished" else ())):
            check_end(room.wait(room.start(words, ULTRALYTICS_SAFE_LOAD="1"), limit_s=60))
