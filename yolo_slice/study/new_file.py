"""Files that one process makes, of many that try: whole from their first moment, and never over another."""

import contextlib
import os
import uuid
from pathlib import Path


def make_file(path: Path, text: str) -> bool:
    """Write a file that is not there; False, and nothing written, if it is."""
    draft = path.with_name(f"{path.stem}-{uuid.uuid4().hex}.draft")
    draft.write_text(text, "utf-8")
    try:
        return name_file(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def name_file(draft: Path, path: Path) -> bool:
    """Give a draft a second name, unless that name is taken."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        with contextlib.suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
            file.write(draft.read_text("utf-8"))
            return True
        return False
    return True
