"""What a killed process left is cleared; what a living one needs is not."""

import json
from dataclasses import asdict
from pathlib import Path

from small_study import small_study

from yolo_slice.study.cell import RECORD, Cell
from yolo_slice.study.claim import Holder, take_claim
from yolo_slice.study.leftovers import clear


def names(cell: Cell) -> set[str]:
    return {file.name for file in cell.folder.iterdir()}


def killed(root: Path, state: str) -> Cell:
    cell = small_study(root)[0]
    (cell.folder / "kept").mkdir(parents=True)
    claim = take_claim(cell.folder)
    assert claim
    dead = asdict(Holder("dead", claim.holder.host, claim.holder.pid, 1.0))
    claim.file.write_text(json.dumps(dead))
    (cell.folder / "claim-dead.draft").write_text(json.dumps(dead))
    (cell.folder / RECORD).write_text(json.dumps({"state": state}))
    return cell


def test_what_was_left_after_the_record_is_cleared(tmp_path: Path) -> None:
    cell = killed(tmp_path, "finished")
    clear(cell)
    assert names(cell) == {RECORD}


def test_the_epochs_of_a_failed_training_are_kept_for_retry(tmp_path: Path) -> None:
    cell = killed(tmp_path, "failed")
    clear(cell)
    assert names(cell) == {RECORD, "kept", "claim.json"}


def test_what_a_living_process_needs_stays(tmp_path: Path) -> None:
    cell = small_study(tmp_path)[0]
    cell.folder.mkdir(parents=True)
    claim = take_claim(cell.folder)
    assert claim
    (cell.folder / "claim-new.draft").write_text(json.dumps(asdict(claim.holder)))
    (cell.folder / RECORD).write_text(json.dumps({"state": "finished"}))
    clear(cell)
    assert names(cell) == {RECORD, "claim.json", "claim-new.draft"}
    assert claim.is_held()
