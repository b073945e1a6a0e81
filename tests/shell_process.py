"""One process that runs many commands of `yolo` and `yolo-slice`, because starting one for each costs five seconds.

It reads a line of JSON for each command, `{"folder": ..., "words": [...]}`, runs it there as its script would, and
answers with a line: `{"status": ..., "said": ..., "cpu_s": ...}`. Its argument is the folder of Ultralytics' data sets.
"""

import json
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any


def settle(datasets: str) -> None:
    """Set Ultralytics up as it is outside of any checkout: runs in the working folder."""
    from ultralytics import utils

    utils.DATASETS_DIR = Path(datasets)
    utils.SETTINGS.update({"runs_dir": "runs", "datasets_dir": datasets})


def run(words: list[str]) -> int:
    """Run a command as its script does; return its exit status."""
    from ultralytics.cfg import entrypoint

    from yolo_slice.cli import main

    sys.argv[:] = words  # this list is what Ultralytics looks at
    try:
        return main(words[1:]) if words[0] == "yolo-slice" else entrypoint() or 0
    except SystemExit as leaving:
        print(leaving)
        return leaving.code if isinstance(leaving.code, int) else 1 if leaving.code else 0
    except BaseException:
        traceback.print_exc()
        return 1


def answer(folder: str, words: list[str], log: Path) -> dict[str, Any]:
    """Run a command; return its status, what it printed, and how long this process and its children computed."""
    start = sum(os.times()[:4])
    os.chdir(folder)
    os.truncate(log, 0)
    status = run(words)
    sys.stdout.flush()
    sys.stderr.flush()
    return {"status": status, "said": log.read_text(errors="replace"), "cpu_s": sum(os.times()[:4]) - start}


def serve(datasets: str) -> None:
    """Answer until there is no more to read. What commands print goes into a file, also what does not go by Python."""
    answers, log = os.fdopen(os.dup(1), "w"), Path(tempfile.mkdtemp(), "log.txt")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    settle(datasets)
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line), log=log)), file=answers, flush=True)
    shutil.rmtree(log.parent)


if __name__ == "__main__":
    serve(sys.argv[1])
