"""What a folder holds, to be compared with what it held."""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

LARGE = 1 << 32  # bytes of a sparse file, which nobody wants to read
Tree = dict[str, str]  # relative path, not UTF-8 as os.fsdecode has it -> what is there


def read_tree(folder: Path) -> Tree:
    """Read names, kinds and contents; links are not followed."""
    tree: Tree = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(place, name)  # noqa: PTH118  pathlib drops what is odd in a name
            tree[os.path.relpath(path, folder)] = _describe(path)
    return tree


def _describe(path: str) -> str:
    try:
        found = os.lstat(path)
    except OSError as reason:  # a longer path than a system takes
        return str(reason.strerror)
    mode = found.st_mode
    if found.st_size > LARGE:
        return f"{found.st_size} bytes, written {found.st_mtime_ns}"
    if stat.S_ISLNK(mode):
        return f"link to {os.readlink(path)}"  # noqa: PTH115  as above
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return f"special {stat.S_IFMT(mode):o}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123  as above
            return (
                hashlib.file_digest(file, "sha1").hexdigest() if hasattr(hashlib, "file_digest") else _sha1(file.read())
            )
    except PermissionError:
        return "unreadable"


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def differences(before: Tree, after: Tree, allowed: Callable[[str], bool] = lambda _: False) -> list[str]:
    """Say what was added, removed and changed."""
    added = [f"added {name!r}" for name in after if name not in before and not allowed(name)]
    removed = [f"removed {name!r}" for name in before if name not in after and not allowed(name)]
    changed = [f"changed {n!r}" for n in before if n in after and before[n] != after[n] and not allowed(n)]
    return [*added, *removed, *changed]
