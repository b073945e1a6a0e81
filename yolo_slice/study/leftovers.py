"""What a process that was killed leaves in a cell's folder, where no other training of the cell clears it."""

from yolo_slice.study.cell import Cell
from yolo_slice.study.claim import dead_drafts, take_claim
from yolo_slice.study.kept_epochs import KeptEpochs


def clear(cell: Cell) -> None:
    """Remove drafts of claims of the dead, and what only a training needed that is finished."""
    for draft in dead_drafts(cell.folder):
        draft.unlink(missing_ok=True)
    kept = KeptEpochs(cell.folder)
    is_left = kept.folder.exists() or any(cell.folder.glob("claim*.json"))
    if not is_left or (cell.read_record() or {}).get("state") != "finished":
        return
    if claim := take_claim(cell.folder):  # else its process lives, and does so itself
        kept.discard()
        claim.release()
