"""Checkpoints that no crash can ruin: whole copies of the last and the best epoch's, and a file that names them.

Ultralytics writes `last.pt` and `best.pt` in place; a process that is killed in that moment leaves half a file.
"""

import json
import shutil
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from yolo_slice.atomic_file import whole_file, write_whole
from yolo_slice.study.results_rows import cut_results


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training has come.

    Attributes:
        epoch: The last epoch that is kept, from 1.
        best: The best epoch so far, from 1.
        is_ended: Whether it was the training's last.
    """

    epoch: int
    best: int
    is_ended: bool


class KeptEpochs:
    """The copies of one cell.

    Args:
        folder: The cell's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.run, self.folder = folder, folder / "kept"

    def file(self, epoch: int) -> Path:
        """Name the copy of an epoch's checkpoint."""
        return self.folder / f"epoch{epoch}.pt"

    def read(self) -> Progress | None:
        """Return how far the training has come; None if nothing whole was kept."""
        try:
            progress = Progress(**json.loads((self.folder / "progress.json").read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return progress if all(map(_is_whole, {self.file(progress.epoch), self.file(progress.best)})) else None

    def keep(self, last: Path, progress: Progress) -> None:
        """Copy a checkpoint that was just written; the file that names it is written last."""
        self.folder.mkdir(exist_ok=True)
        with whole_file(self.file(progress.epoch)) as partial:
            shutil.copyfile(last, partial)
        if not _is_whole(self.file(progress.epoch)):
            self.file(progress.epoch).unlink()
            return  # what was kept before still is
        write_whole(self.folder / "progress.json", json.dumps(asdict(progress)))
        for file in self.folder.glob("epoch*.pt"):
            if file not in (self.file(progress.epoch), self.file(progress.best)):
                file.unlink(missing_ok=True)

    def restore(self, progress: Progress) -> None:
        """Make the run's own files what they were after the last epoch kept."""
        for name, epoch in (("last.pt", progress.epoch), ("best.pt", progress.best)):
            with whole_file(self.run / "weights" / name) as partial:
                shutil.copyfile(self.file(epoch), partial)
        cut_results(self.run / "results.csv", progress.epoch)

    def discard(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_whole(file: Path) -> bool:
    """Check every byte of a checkpoint, which is a zip file, against its checksum."""
    try:
        with zipfile.ZipFile(file) as content:
            return content.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False
