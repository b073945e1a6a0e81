"""The folders of one trial: inputs that must stay as they are, a place to work, a home, a place for passing files."""

import random
import re
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torture.ends import check_end
from torture.environment import PLACE
from torture.fell import FellError
from torture.process import Ended, Hook, Running, start
from torture.sets import copy_inputs
from torture.tree import differences, read_tree


class Room:
    """Makes the folders; what is drawn comes from `rng`."""

    def __init__(self, key: str, fast: bool = False) -> None:
        self.rng = random.Random(key)
        self.fast = fast
        self.encoding = self.rng.choice(("utf-8", "utf-8", "utf-8", "cp1252"))
        self.root = Path(tempfile.mkdtemp(prefix="torture-", dir=PLACE))
        self.root.chmod(0o755)
        self.inputs, self.work, self.home, self.passing = (self.root / n for n in ("inputs", "work", "home", "tmp"))
        for folder in (self.work, self.home, self.passing):
            folder.mkdir()
        self.commands: list[tuple[str, ...]] = []
        self.peak_mib, self.cpu_s = 0.0, 0.0
        self.note = ""

    def fill(self, *names: str) -> None:
        """Copy small inputs here; see `sets`."""
        copy_inputs(self.inputs, names)

    @property
    def env(self) -> dict[str, str]:
        """What a command finds; terminals with few letters are met now and then."""
        return {"HOME": str(self.home), "TMPDIR": str(self.passing), "PYTHONIOENCODING": self.encoding}

    def start(self, words: Sequence[str], *inside: Hook, **more: str) -> Running:
        self.commands.append(tuple(words))
        return start(words, self.work, inside, {**self.env, **more})

    def wait(self, running: Running, after: float | None = None, by: int = signal.SIGKILL, **more: Any) -> Ended:
        ended = running.wait(after, by, **more)
        self.peak_mib = max(self.peak_mib, ended.peak_mib)
        self.cpu_s += ended.cpu_s
        return ended

    def run(self, words: Sequence[str], *inside: Hook, **more: Any) -> Ended:
        return self.wait(self.start(words, *inside), **more)

    def run_checked(self, words: Sequence[str], *inside: Hook, limit_s: float = 30) -> Ended:
        """Run a command, and refuse its end if it is none of the allowed ones."""
        return check_end(self.run(words, *inside, limit_s=limit_s))

    def nothing_left_aside(self) -> None:
        """Refuse passing files that stayed."""
        if left := sorted(read_tree(self.passing)):
            raise FellError(f"left in the folder for passing files: {left[:5]}")

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


class Unchanged:
    """A block that must not change a folder, but for some folders in it; label caches are Ultralytics' own."""

    def __init__(self, folder: Path, besides: tuple[str, ...] = ()) -> None:
        self.folder, self.besides = folder, besides

    def __enter__(self) -> None:
        self.before = read_tree(self.folder)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        changes = differences(self.before, read_tree(self.folder), self._may_change)
        if changes and kind is None:
            raise FellError(f"{self.folder.name}: {'; '.join(changes[:5])}")

    def _may_change(self, name: str) -> bool:
        is_default_output = re.match(r"inputs/[^/]+-(yolo|voc|coco)(/|$)", name)  # of `data convert`: beside its source
        return name.endswith(".cache") or name.split("/")[0] in self.besides or bool(is_default_output)
