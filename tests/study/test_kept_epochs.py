"""Whatever is half-written, the last and the best epoch that were kept can be had back."""

import json
from pathlib import Path

import pytest
import torch

from yolo_slice.study.kept_epochs import KeptEpochs, Progress
from yolo_slice.study.results_rows import cut_results, epoch_rows

HEAD = "epoch,time,train/box_loss,metrics/mAP50(B)\n"


@pytest.fixture
def kept(tmp_path: Path) -> KeptEpochs:
    (tmp_path / "weights").mkdir()
    (tmp_path / "results.csv").write_text(HEAD + "1,9,0.5,0.1\n2,9,0.4,0.2\n3,9,0.3,0.1\n4,9,0.2")
    found = KeptEpochs(tmp_path)
    for epoch, best in ((1, 1), (2, 2), (3, 2)):
        torch.save({"epoch": epoch}, tmp_path / "weights" / "last.pt")
        found.keep(tmp_path / "weights" / "last.pt", Progress(epoch, best, False))
    return found


def epoch_of(file: Path) -> int:
    return torch.load(file)["epoch"]


def test_the_last_and_the_best_are_kept_and_nothing_else(kept: KeptEpochs) -> None:
    assert kept.read() == Progress(3, 2, False)
    assert {file.name for file in kept.folder.iterdir()} == {"epoch3.pt", "epoch2.pt", "progress.json"}


def test_the_run_is_brought_back_to_the_last_whole_epoch(kept: KeptEpochs) -> None:
    weights = kept.run / "weights"
    (weights / "last.pt").write_bytes(b"PK half a checkpoint")
    kept.restore(Progress(3, 2, False))
    assert epoch_of(weights / "last.pt") == 3
    assert epoch_of(weights / "best.pt") == 2
    assert (kept.run / "results.csv").read_text() == HEAD + "1,9,0.5,0.1\n2,9,0.4,0.2\n3,9,0.3,0.1\n"


def test_half_a_checkpoint_is_never_kept(kept: KeptEpochs) -> None:
    whole = (kept.run / "weights" / "last.pt").read_bytes()
    for content in (whole[: len(whole) // 2], b"", whole[:-1], whole.replace(b"epoch", b"epocs")):
        (kept.run / "weights" / "last.pt").write_bytes(content)
        kept.keep(kept.run / "weights" / "last.pt", Progress(4, 4, False))
        assert kept.read() == Progress(3, 2, False)


def test_what_is_not_whole_does_not_count(kept: KeptEpochs) -> None:
    kept.file(2).write_bytes(b"half")
    assert kept.read() is None
    (kept.folder / "progress.json").write_text('{"epoch": ')
    assert kept.read() is None


def test_rows_are_read_by_short_names_and_without_nan(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_text(HEAD + "1,9,nan,0.1\n2,9,0.25,0.5\n")
    assert epoch_rows(file) == [
        {"epoch": 1, "time": 9.0, "train/box_loss": None, "mAP50": 0.1},
        {"epoch": 2, "time": 9.0, "train/box_loss": 0.25, "mAP50": 0.5},
    ]
    json.dumps(epoch_rows(file), allow_nan=False)


def test_there_may_be_no_rows_yet(tmp_path: Path) -> None:
    cut_results(tmp_path / "results.csv", 1)
    assert not (tmp_path / "results.csv").exists()
