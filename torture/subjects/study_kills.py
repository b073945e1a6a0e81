"""A study killed ten times, each time begun again: complete, and but for resumed trainings equal to one left alone."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from torture.ends import check_end
from torture.fell import FellError
from torture.process import Running
from torture.room import Room

CASES = ("six trainings, ten kills",)
FAST, COUNT = 1, 1
WAYS = ("the group", "the parent", "a child", "the group", "a child", "the parent", "a child", "the group", "a child")
STUDY = ("yolo-slice", "study", "data=data.yaml", "imgsz=64", "batch=4", "workers=0", "plots=False")
LIMIT_S = 900.0
FINAL_VALIDATION = ("coco_metrics.csv", "coco_metrics.json")  # a cell killed after its last epoch lacks them
Rows = Sequence[Mapping[str, Any]]


def run(case: str, room: Room) -> None:
    """Train a study in peace and one in war; the test suite has one training, one kill, and no peace.

    Kills come late enough to find trainings that have kept epochs: earlier ones only begin again.
    """
    _make_data(room.work)
    if room.fast:
        words, epochs, ways = (*STUDY, "models=yolov5n", "seeds=1", "epochs=2", "devices=cpu"), 2, ("the group",)
    else:
        words = (*STUDY, "models=yolov5n,yolov5n-slicesamp", "seeds=3", "epochs=12", "devices=cpu,cpu")
        epochs, ways = 12, ("a child", *room.rng.sample(WAYS, len(WAYS)))
    cell_s = 20.0
    calm, war = (room.work / "runs" / "study" / name for name in ("calm", "war"))
    if not room.fast:
        begun = time.monotonic()
        check_end(room.wait(room.start([*words, "name=calm"]), limit_s=LIMIT_S))
        cell_s = (time.monotonic() - begun) / 3
    kills = _Kills(room, [*words, "name=war"], war)
    for way in ways:
        kills.kill(way, None if room.fast else room.rng.uniform(0.4, 0.95) * cell_s)
    if room.fast:  # and moved
        war = war.rename(war.with_name("moved"))
        kills.words, kills.folder = (*STUDY[:2], str(war), "devices=cpu"), war
    kills.finish()
    _check_complete(war, epochs)
    if room.fast:
        _check_resumed(war)
    if not room.fast:
        _check_names(calm, war)
        room.note = f"{kills.note()}; {_compare(calm, war)}"


class _Kills:
    """A study that is killed; the same words begin it again."""

    def __init__(self, room: Room, words: Sequence[str], folder: Path) -> None:
        self.room, self.words, self.folder = room, words, folder
        self.said: list[str] = []
        self.kept: dict[Path, int] = {}
        self.running: Running | None = None

    def kill(self, way: str, after: float | None) -> None:
        """Kill at a moment; None: when the first epoch is kept."""
        self.running = self.running or self.room.start(self.words, os.setsid)
        end = time.monotonic() + (after if after is not None else LIMIT_S)
        while time.monotonic() < end and not (after is None and self._epochs()):
            time.sleep(0.05)
        pid = self.running.pid
        children = psutil.Process(pid).children(recursive=True)
        rows = _rows(self.folder)
        if way == "the group":
            os.killpg(pid, signal.SIGKILL)
        elif way == "the parent":
            os.kill(pid, signal.SIGKILL)
        elif children:
            children[:1] = [self.room.rng.choice(children)]
            children[0].kill()
        if way != "a child":
            self.room.wait(self.running, limit_s=60)
            self.running = None
            _, alive = psutil.wait_procs(children, timeout=30)
            if alive:
                raise FellError(f"{len(alive)} trainings outlive {way}")
        self._note_loss(way, rows)

    def finish(self) -> None:
        """Let it come to its end."""
        ended = check_end(self.room.wait(self.running or self.room.start(self.words, os.setsid), limit_s=LIMIT_S))
        if ended.status:
            raise FellError(f"exit {ended.status}: {ended.err[-300:]!r}")

    def note(self) -> str:
        return f"{len(self.said)} kills ({', '.join(self.said)})"

    def _epochs(self) -> dict[Path, int]:
        return {file.parents[1]: _kept(file) for file in self.folder.rglob("kept/progress.json")}

    def _note_loss(self, way: str, rows: Mapping[Path, int]) -> None:
        epochs = self._epochs()
        for cell, epoch in self.kept.items():
            if epochs.get(cell, 99) < epoch:
                raise FellError(f"{cell.name}: epoch {epoch} was kept, and {epochs[cell]} is left")
        self.kept |= epochs
        open_ = {cell: count for cell, count in rows.items() if not (cell / "record.json").exists()}
        lost = max((count - epochs.get(cell, 0) for cell, count in open_.items()), default=0)
        if lost > 1:
            raise FellError(f"{way}: {lost} epochs lost")
        self.said.append(f"{way}: {sum(rows.values())} rows, {max(lost, 0)} lost")


def _kept(file: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return json.loads(file.read_text())["epoch"]
    return 99


def _rows(folder: Path) -> dict[Path, int]:
    return {file.parent: max(0, file.read_text().count("\n") - 1) for file in folder.rglob("results.csv")}


def _records(folder: Path) -> dict[str, dict[str, Any]]:
    files = sorted(folder.glob("*/*/*/record.json"))
    return {str(file.parent.relative_to(folder)): json.loads(file.read_text()) for file in files}


def _check_complete(folder: Path, epochs: int) -> None:
    records = _records(folder)
    cells = {str(file.parent.relative_to(folder)) for file in folder.glob("*/*/*/log.txt")}
    if not records or cells != set(records):
        raise FellError(f"without a record: {sorted(cells - set(records))}")
    for title, record in records.items():
        numbers = [line.split(",")[0] for line in (folder / title / "results.csv").read_text().splitlines()[1:]]
        wanted = [str(number) for number in range(1, epochs + 1)]
        recorded = [str(row["epoch"]) for row in record["epochs"]]
        if record["state"] != "finished" or numbers != wanted or recorded != wanted:
            raise FellError(f"{title}: {record['state']} ({record['error']}), rows {numbers}")


def _check_resumed(folder: Path) -> None:
    if folder.with_name("war").exists():
        raise FellError("it went on where it was before it was moved")
    for title, record in _records(folder).items():
        left = [file.name for pattern in ("claim*", "kept") for file in (folder / title).glob(pattern)]
        if left or record["resumed"] != 1:
            raise FellError(f"{title}: resumed {record['resumed']} times; left over: {left}")


def _check_names(calm: Path, war: Path) -> None:
    one, other = ({str(p.relative_to(root)) for p in root.rglob("*")} for root in (calm, war))
    missing = {name for name in one - other if Path(name).name not in FINAL_VALIDATION}
    if other - one or missing:
        raise FellError(f"left over: {sorted(other - one)}; missing: {sorted(missing)}")


def _compare(calm: Path, war: Path) -> str:
    """Refuse what differs though it was not resumed, or before it was; say what a resumed training changed."""
    said, peace = [], _records(calm)
    for title, record in _records(war).items():
        wanted = peace[title]
        first, settings = _first_difference(wanted["epochs"], record["epochs"]), _differing(wanted, record)
        sessions = json.loads((war / title / "sessions.json").read_text())
        resumed = [session["first_epoch"] for session in sessions if session["first_epoch"] > 1]
        if settings or (first is not None and first < min(resumed, default=99)):
            raise FellError(f"{title}: epoch {first} differs, resumed at {resumed}; settings: {settings}")
        if not resumed and (wanted["last"], wanted["best"]) != (record["last"], record["best"]):
            raise FellError(f"{title} was never resumed, and its numbers differ")
        said.append(f"{title}: {len(sessions)} sessions, resumed at {resumed}, differs from epoch {first} on")
    return "; ".join(said)


def _first_difference(one: Rows, other: Rows) -> int | None:
    pairs = zip(one, other, strict=True)
    return next((a["epoch"] for a, b in pairs if {**a, "time": 0} != {**b, "time": 0}), None)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    a, b = one["settings"], other["settings"]
    return {key: (a.get(key), b.get(key)) for key in {**a, **b} if a.get(key) != b.get(key)}


def _make_data(folder: Path) -> None:
    """Draw twelve pictures with three squares each."""
    import random

    from PIL import Image

    rng = random.Random(0)
    for number in range(12):
        split = "val" if number >= 8 else "train"
        image, lines = Image.new("RGB", (64, 64), (rng.randrange(99),) * 3), []
        for _ in range(3):
            x, y, size, kind = rng.randrange(40), rng.randrange(40), rng.randrange(12, 24), rng.randrange(2)
            image.paste((255 * kind, 99, 255 - 255 * kind), (x, y, x + size, y + size))
            lines.append(f"{kind} {(x + size / 2) / 64} {(y + size / 2) / 64} {size / 64} {size / 64}")
        for kind in ("images", "labels"):
            (folder / "data" / kind / split).mkdir(parents=True, exist_ok=True)
        image.save(folder / "data" / "images" / split / f"{number}.png")
        (folder / "data" / "labels" / split / f"{number}.txt").write_text("\n".join(lines))
    text = f"path: {folder / 'data'}\ntrain: images/train\nval: images/val\nnames: [blue, red]\n"
    (folder / "data.yaml").write_text(text)
