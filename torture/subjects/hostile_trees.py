"""Data sets with links, pipes, devices, folders and depths where files are expected."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from torture.data_laws import check_and_convert
from torture.expected import check_whole
from torture.fell import NotTriedError
from torture.process import drop_rights
from torture.room import Room, Unchanged

Change = Callable[[Room, Path], None]
IMAGE = {"voc": "JPEGImages/a.jpg", "yolo": "images/train/a.jpg", "coco": "images/train/a.jpg"}
TEXT = {"voc": "Annotations/a.xml", "yolo": "labels/train/a.txt", "coco": "annotations/instances_train.json"}
LIST = {"voc": "ImageSets/Main/train.txt", "yolo": "data.yaml", "coco": "annotations/instances_val.json"}


def _replaced_by(make: Callable[[Path], object]) -> Change:
    def change(_: Room, file: Path) -> None:
        file.unlink()
        make(file)

    return change


def _socket(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(file.parent)  # the name of a socket has 107 letters at most
        try:
            made.bind(file.name)
        finally:
            os.chdir(here)


def _outside(room: Room, file: Path) -> None:
    shutil.move(file, room.root / "outside")
    file.symlink_to(room.root / "outside")


def _many_links(_: Room, file: Path) -> None:
    for number in range(200):
        file.with_name(f"link{number}{file.suffix}").symlink_to(file)


def _loop(_: Room, file: Path) -> None:
    (file.parent / "loop").symlink_to(file.parent)
    (file.parent / "up").symlink_to(file.parents[1])


def _deep(_: Room, file: Path) -> None:
    """As many folders in each other as a path may have letters."""
    here = Path.cwd()
    os.chdir(file.parent)
    for _number in range(40):
        Path("d" * 200).mkdir()
        os.chdir("d" * 200)
    Path("a" + file.suffix).touch()
    os.chdir(here)


def _unreadable_folder(_: Room, file: Path) -> None:
    file.parent.chmod(0)


CHANGES: dict[str, Change] = {
    "a link to a file outside": _outside,
    "a link to nothing": _replaced_by(lambda file: file.symlink_to("nowhere")),
    "a link to itself": _replaced_by(lambda file: file.symlink_to(file.name)),
    "a link to endless zeros": _replaced_by(lambda file: file.symlink_to("/dev/zero")),
    "a link to no data": _replaced_by(lambda file: file.symlink_to("/dev/null")),
    "a link to what is typed": _replaced_by(lambda file: file.symlink_to("/dev/stdin")),
    "a link to a file of the system": _replaced_by(lambda file: file.symlink_to("/etc/passwd")),
    "a pipe": _replaced_by(os.mkfifo),
    "a socket": _replaced_by(_socket),
    "a folder": _replaced_by(lambda file: file.mkdir()),
    "no file": lambda _, file: file.unlink(),
    "no rights": lambda _, file: file.chmod(0),
    "no rights to the folder": _unreadable_folder,
    "200 links to one file": _many_links,
    "loops of links beside": _loop,
    "folders 8,000 letters deep": _deep,
    "a sparse file of a terabyte": lambda _, file: os.truncate(file, 1 << 40),
}
PLACES = {"image": IMAGE, "annotation": TEXT, "list": LIST}
WITH = ("model=../inputs/tiny.pt", "imgsz=64", "device=cpu")
RUN = ("project=runs", "exist_ok=True", *WITH)
DATA = "data=../inputs/yolo/data.yaml"
READERS = {  # every other command that reads the images and the labels of a data set
    "cam": ("cam", "source=../inputs/yolo/images/train", *RUN),
    "cam list": ("cam", "source=../inputs/yolo/list.txt", *RUN),
    "cam score": ("cam", "score", DATA, "split=train", "steps=2", *RUN),
    "eval": ("eval", DATA, "split=train", "workers=0", *RUN),
    "eval files": ("eval", DATA, "split=train", "detections=../inputs/detections.json", *RUN[:2]),
    "convert": ("convert", "to=slicesamp", DATA, "images=8", "steps=1", "distil=1", "rounds=1", "out=out.pt", *WITH),
    "convert folder": (
        "convert", "to=slicesamp", "data=../inputs/pictures", "images=8", "steps=1", "distil=1", "rounds=1",
        "out=out.pt", "val=False", *WITH,
    ),
}  # fmt: skip
VIDEO = "a video for cam"
CASES = (
    *(f"{change}, {place}, {kind}" for change in CHANGES for place in PLACES for kind in IMAGE),
    *(f"{change}, {place}, {reader}" for reader in READERS for change in CHANGES for place in ("image", "labels")),
    *(f"{change}, {VIDEO}, cam" for change in CHANGES),
)
FAST, COUNT = 8, len(CASES)


def run(case: str, room: Room) -> None:
    """Change one file of a set, and use the set as a user without rights."""
    change, place, kind = case.split(", ")
    if kind in READERS:
        return _read_by(kind, change, place, room)
    room.fill(kind)
    root = room.inputs / kind
    try:
        CHANGES[change](room, root / PLACES[place][kind])
    except OSError as reason:
        raise NotTriedError(f"{change}: {reason.strerror}") from None
    try:
        check_and_convert(room, f"../inputs/{kind}", has_rights="rights" not in change)
    finally:
        for folder in [root / place[kind] for place in PLACES.values()]:
            folder.parent.chmod(0o755)


def _read_by(reader: str, change: str, place: str, room: Room) -> None:
    """Change one file, and read what is around it by a command that is none of `data`."""
    room.fill("yolo", "tiny.pt", "pictures", "clip.mp4", "detections.json")
    root = room.inputs / "yolo"
    (root / "list.txt").write_text("./images/train/a.jpg\n./images/train/b.jpg\n")
    image = room.inputs / "pictures/0.jpg" if reader == "convert folder" else root / IMAGE["yolo"]
    video = root / "images/train/clip.mp4"
    shutil.move(room.inputs / "clip.mp4", video)
    file = {"image": image, "labels": root / TEXT["yolo"], VIDEO: video}[place]
    try:
        CHANGES[change](room, file)
    except OSError as reason:
        raise NotTriedError(f"{change}: {reason.strerror}") from None
    inside = [drop_rights] if "rights" in change else []
    try:
        with Unchanged(room.root, besides=("work", "home", "tmp")):
            room.run_checked(["yolo-slice", *READERS[reader]], *inside, limit_s=60)
        check_whole(room.work, {})
        room.nothing_left_aside()
    finally:
        file.parent.chmod(0o755)
