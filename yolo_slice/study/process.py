"""`python -m yolo_slice.study.process CELL DEVICE`: a cell in a process of its own, which ends with its parent."""

import os
import signal
import sys
import threading
from pathlib import Path

STATUS = {"finished": 0, "failed": 1, "busy": 3}
ORPHANED = 4


def main(folder: str, device: str) -> int:
    """Train a cell; the exit status is one of STATUS.

    Standard input is a pipe that the parent holds open: its end means that the parent has died.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    from yolo_slice.study.training import train_cell

    return STATUS[train_cell(Path(folder), device)]


def _end_with_parent() -> None:
    while os.read(0, 1024):  # not sys.stdin: its lock would be missed when the interpreter ends
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
