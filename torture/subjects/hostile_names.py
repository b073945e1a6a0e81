"""Names that lead elsewhere, that a system or a format cannot hold, or that mean something to whoever reads them."""

import json
import os
import xml.sax.saxutils
from collections.abc import Callable
from pathlib import Path

import yaml
from set_maker import load_coco, save_coco

from torture.data_laws import check_and_convert
from torture.fell import NotTriedError
from torture.room import Room

FILES = {
    "newline": "a\nb",
    "carriage return": "a\rb",
    "tab": "a\tb",
    "escape": "a\x1b[31mb",
    "not UTF-8": os.fsdecode(b"a\xff\xfeb"),
    "NFC": "\u00e9t\u00e9",
    "NFD": "e\u0301te\u0301",
    "upper case": "B",
    "250 letters": "x" * 250,
    "80 letters of 3 bytes": "\u732b" * 80,
    "reserved": "CON",
    "reserved with suffix": "aux.txt",
    "colon": "a:b",
    "wildcards": "a*?[b]",
    "pipe and quotes": "a|\"b'<c>",
    "backslash": "..\\..\\b",
    "leading dash": "-rf",
    "leading dashes": "--to=coco",
    "spaces around": " a ",
    "dot at the end": "a.",
    "only dots": "...",
    "hidden": ".hidden",
    "comment": "# a: b",
    "yaml": "{a: [b, *c]}",
    "percent and braces": "%s%n{0}{a.b}",
    "shell": "$(touch pwned);`id`",
    "html": "<img src=x onerror=alert(1)>",
    "formula": "=1+1",
    "right to left": "a\u202egpj.b",
    "line separator": "a\u2028b",
    "next line": "a\x85b",
    "zero width": "a\u200bb",
    "emoji": "\U0001f408\u200d\u2b1b",
    "comma": "a,b",
}
TEXTS = {
    **FILES,
    "empty": "",
    "zero byte": "a\0b",
    "up": "../../project/x",
    "up from within": "images/../../../project/x",
    "up by the longest way": "images/train/../../../../project/x",
    "absolute": "/{root}/project/x",
    "only up": "..",
    "dot": ".",
    "slash": "/",
    "300 letters": "x" * 300,
    "5000 letters": "x/" * 2500,
    "tilde": "~/x",
    "variable": "$HOME/x",
    "url": "http://127.0.0.1:1/x",
    "file url": "file:///etc/passwd",
    "drive": "C:\\x",
    "network": "\\\\server\\share\\x",
    "surrogate": "a\ud800b",
}
Place = Callable[[Room, str], tuple[str, ...]]


def _voc_stem(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "voc")
    (root / "JPEGImages/a.jpg").rename(root / f"JPEGImages/{name}.jpg")
    (root / "Annotations/a.xml").rename(root / f"Annotations/{name}.xml")
    (root / "ImageSets/Main/train.txt").write_bytes(os.fsencode(f"{name}\nb\n"))
    return ("../inputs/voc",)


def _yolo_stem(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "yolo")
    (root / "images/train/a.jpg").rename(root / f"images/train/{name}.jpg")
    (root / "labels/train/a.txt").rename(root / f"labels/train/{name}.txt")
    return ("../inputs/yolo",)


def _yolo_folder(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "yolo")
    for kind in ("images", "labels"):
        (root / kind / "train").rename(root / kind / name)
    _save(root, train=f"images/{name}", val="images/val", names=["cat", "dog"])
    return ("../inputs/yolo",)


def _split_list(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "yolo")
    (root / "train.txt").write_bytes(os.fsencode(f"./images/train/b.jpg\n{name}.jpg\n"))
    _save(root, train="train.txt", val="images/val", names=["cat", "dog"])
    return ("../inputs/yolo",)


def _split_entry(room: Room, name: str) -> tuple[str, ...]:
    _save(_set(room, "yolo"), train=["images/train", f"{name}.jpg"], val="images/val", names=["cat", "dog"])
    return ("../inputs/yolo",)


def _voc_list(room: Room, name: str) -> tuple[str, ...]:
    (_set(room, "voc") / "ImageSets/Main/train.txt").write_bytes(os.fsencode(f"a\n{name}\n"))
    return ("../inputs/voc",)


def _voc_file_name(room: Room, name: str) -> tuple[str, ...]:
    file = _set(room, "voc") / "Annotations/a.xml"
    text = f"<annotation><filename>{xml.sax.saxutils.escape(name)}.jpg</filename>"
    file.write_bytes(file.read_text().replace("<annotation>", text).encode(errors="surrogateescape"))
    return ("../inputs/voc",)


def _coco_file_name(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "coco")
    data = load_coco(root)
    data["images"][0]["file_name"] = f"{name}.jpg"
    save_coco(root, "train", data)
    return ("../inputs/coco",)


def _class_name(room: Room, name: str) -> tuple[str, ...]:
    root = _set(room, "coco")
    data = load_coco(root)
    data["categories"][0]["name"] = name
    for split in ("train", "val"):
        (root / f"annotations/instances_{split}.json").write_text(
            json.dumps({**load_coco(root, split), "categories": data["categories"]})
        )
    return ("../inputs/coco",)


def _yaml_class(room: Room, name: str) -> tuple[str, ...]:
    _save(_set(room, "yolo"), train="images/train", val="images/val", names=["cat", name])
    return ("../inputs/yolo",)


def _yaml_path(room: Room, name: str) -> tuple[str, ...]:
    _save(_set(room, "yolo"), path=name, train="images/train", val="images/val", names=["cat", "dog"])
    return ("../inputs/yolo",)


def _cvat_name(room: Room, name: str) -> tuple[str, ...]:
    file = _set(room, "cvat") / "annotations.xml"
    quoted = xml.sax.saxutils.quoteattr(f"{name}.jpg")
    file.write_bytes(file.read_text().replace('"a.jpg"', quoted).encode(errors="surrogateescape"))
    return ("../inputs/cvat",)


def _cvat_subset(room: Room, name: str) -> tuple[str, ...]:
    file = _set(room, "cvat") / "annotations.xml"
    quoted = xml.sax.saxutils.quoteattr(name)
    file.write_bytes(file.read_text().replace('"train"', quoted).encode(errors="surrogateescape"))
    return ("../inputs/cvat",)


def _darknet_list(room: Room, name: str) -> tuple[str, ...]:
    (_set(room, "darknet") / "train.txt").write_bytes(os.fsencode(f"data/obj_train_data/a.jpg\n{name}.jpg\n"))
    return ("../inputs/darknet",)


def _source_folder(room: Room, name: str) -> tuple[str, ...]:
    _set(room, "voc").rename(room.inputs / name)
    return (f"../inputs/{name}",)


def _output_folder(room: Room, name: str) -> tuple[str, ...]:
    _set(room, "voc")
    return ("../inputs/voc", name)


def _names_setting(room: Room, name: str) -> tuple[str, ...]:
    _set(room, "voc")
    return ("../inputs/voc", "out", f"names=cat,{name}")


OF_FILES: dict[str, Place] = {
    "stem in VOC": _voc_stem,
    "stem in YOLO": _yolo_stem,
    "split folder": _yolo_folder,
    "source folder": _source_folder,
    "output folder": _output_folder,
}
OF_TEXTS: dict[str, Place] = {
    "split list": _split_list,
    "split entry": _split_entry,
    "VOC's list": _voc_list,
    "VOC's filename": _voc_file_name,
    "COCO's file_name": _coco_file_name,
    "COCO's category": _class_name,
    "data YAML's names": _yaml_class,
    "data YAML's path": _yaml_path,
    "CVAT's name": _cvat_name,
    "CVAT's subset": _cvat_subset,
    "darknet's list": _darknet_list,
    "names=": _names_setting,
}
CASES = (
    *(f"{label}, {place}" for place in OF_FILES for label in FILES),
    *(f"{label}, {place}" for place in OF_TEXTS for label in TEXTS),
)
FAST, COUNT = 6, len(CASES)


def run(case: str, room: Room) -> None:
    """Put a name into a place, and convert; a project with files that nobody may touch lies beside."""
    label, place = case.split(", ", 1)
    name = TEXTS[label].replace("{root}", str(room.root)[1:])
    room.fill("voc", "yolo", "coco", "cvat", "darknet")
    _make_project(room)
    try:
        source, *more = {**OF_FILES, **OF_TEXTS}[place](room, name)
        os.fsencode(" ".join(more))
    except (OSError, ValueError) as reason:
        raise NotTriedError(f"this name cannot be there ({type(reason).__name__})") from None
    if any("\0" in word for word in more):
        raise NotTriedError("no command line has a zero byte")
    out, *settings = more or ["out"]
    check_and_convert(room, source, *settings, out=out)


def _set(room: Room, name: str) -> Path:
    return room.inputs / name


def _save(root: Path, **data: object) -> None:
    (root / "data.yaml").write_text(yaml.safe_dump(data))


def _make_project(room: Room) -> None:
    project = room.root / "project"
    project.mkdir()
    (project / "requirements.txt").write_text("torch\n")
    (project / "x.jpg").write_bytes((room.inputs / "yolo/images/train/a.jpg").read_bytes() + b"other")
    (project / "x.txt").write_text("0 0.5 0.5 0.2 0.2\n")
