"""What is asked of `data check` and `data convert` whatever a data set holds."""

import re

from torture.ends import check_end
from torture.expected import check_whole
from torture.fell import FellError
from torture.process import drop_rights
from torture.room import Room, Unchanged
from torture.tree import read_tree

LIMIT_S = 30.0
ALLOWED = ("out", "page.html", "report.json")
FORMATS = ("yolo", "voc", "coco")


def check_and_convert(room: Room, source: str, *more: str, out: str = "out", has_rights: bool = True) -> None:
    """Check and convert a set that may be refused but not break anything, and check what was written."""
    inside = [] if has_rights else [drop_rights]
    with Unchanged(room.root, besides=("work", "home", "tmp")):
        room.run_checked(["yolo-slice", "data", "check", source, "html=page.html", "json=report.json", *more], *inside)
        to = room.rng.choice(FORMATS)
        images = room.rng.choice(("copy", "copy", "link", "none"))
        words = ["yolo-slice", "data", "convert", source, out, f"to={to}", f"images={images}", *more]
        ended = check_end(room.run(words, *inside, limit_s=LIMIT_S))
        if ended.status == 0:
            _check_result(room, out, ended.out, images != "none")
    if left := [name for name in read_tree(room.work) if not name.startswith((*ALLOWED, out.split("/")[0]))]:
        raise FellError(f"left behind: {left[:5]}")
    check_whole(room.work, {"page.html": "", "report.json": ""})
    room.nothing_left_aside()


def _check_result(room: Room, out: str, said: str, has_images: bool) -> None:
    """Refuse what a check of the result refuses, and other numbers of images than were promised."""
    checked = check_end(room.run(["yolo-slice", "data", "check", out], limit_s=LIMIT_S))
    if not has_images:
        return
    if checked.status:
        raise FellError(f"what was written does not pass data check: {(checked.out or checked.err)[:300]!r}")
    promised = sum(map(int, re.findall(r"(?m)^.*: (\d+) images?, \d+ objects?, and", said)))
    found = sum(map(int, re.findall(r"(?m)^  .*: (\d+) usable images? of", checked.out)))
    if promised != found:
        raise FellError(f"{promised} images written, {found} of them usable: {checked.out[:300]!r}")
