"""Which name an image or a split of a source may get in a result: the only place that decides it."""

import os
import re
from collections import Counter
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath

from yolo_slice.integration.data.images import image_suffixes

LONGEST = 240  # bytes of a file's name: 255 on every common system, less what a writer may put before and after it
LONGEST_PATH = 1000  # bytes of a path below its split: 1024 with all folders above it on macOS
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # lists have a name a line
_NO_FOLDER = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff<>:"/\\\\|?*]')  # on Windows, and surrogates
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_id(path: str) -> str:
    r"""Name an image in a result by its path in a source: without suffix, and below its folder on every system.

    Example:
        >>> [safe_id(path) for path in ("sub/a.b.jpg", "../../etc/a.jpg", r"C:\x\a.jpg", "x/images/a.jpg", "..")]
        ['sub/a.b', 'a', 'a', 'x/a', 'image']
    """
    pure = PurePosixPath(path.replace("\\", "/"))
    pure = pure if is_safe(pure.as_posix()) else PurePosixPath(pure.name)
    folders = (part for part in pure.parts[:-1] if part != "images")  # Ultralytics would look for labels beside it
    return PurePosixPath(*folders, pure.stem).as_posix() if pure.name not in ("", "..") else "image"


def safe_split_name(name: str) -> str:
    r"""Name the folder of a split by what a source calls it: one that every system can have, and no other place.

    Example:
        >>> [safe_split_name(name) for name in ("train2017", "_x", "..", "../x", "val\nnc: 3", " ")]
        ['train2017', '_x', 'split', 'x', 'val_nc_ 3', 'split']
    """
    is_sound = not _NO_FOLDER.search(name) and name == name.strip(" .")
    return name if is_sound and name else _NO_FOLDER.sub("_", name).strip(" ._") or "split"


def find_name_fault(name: str) -> str:
    r"""Say why no file of a result can have this name; "" if one can.

    Example:
        >>> find_name_fault("a/b.jpg"), find_name_fault("../b.jpg"), find_name_fault("a\n.jpg")
        ('', 'leads outside its folder', 'has a line break or another control character in it')
        >>> find_name_fault("a/.b.jpg"), find_name_fault("b")
        ('is hidden: Ultralytics does not see it', 'does not end as that of an image: Ultralytics does not see it')
    """
    if not is_safe(name):
        return "leads outside its folder"
    if _BREAKS.search(name):
        return "has a line break or another control character in it"
    try:
        parts = [part.encode() for part in name.split("/")]
    except UnicodeEncodeError:
        return "is not UTF-8"
    if any(part.startswith(b".") for part in parts):
        return "is hidden: Ultralytics does not see it"
    if PurePosixPath(name).suffix[1:].lower() not in image_suffixes():
        return "does not end as that of an image: Ultralytics does not see it"
    if os.name == "nt" and any(_DEVICE.fullmatch(part) for part in name.split("/")):
        return "is that of a device on Windows"
    return "is too long" if max(map(len, parts)) > LONGEST or sum(map(len, parts)) > LONGEST_PATH else ""


def is_safe(id: str) -> bool:
    """Tell whether a path of an image leads below its folder, on every system.

    Example:
        >>> [is_safe(path) for path in ("a", "sub/a.b", "../a", "/a", "C:/a", "")]
        [True, True, False, False, False, True]
    """
    is_absolute = PurePosixPath(id).is_absolute() or bool(PureWindowsPath(id).anchor)
    return not is_absolute and ".." not in PureWindowsPath(id).parts and "\0" not in id


class ResultNames:
    """The names that the images of a split have been given: each its own, also where letter case does not count."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._numbers: Counter[str] = Counter()

    def choose(self, id: str, suffix: str) -> str:
        """Return the id, with a number if another image has it, or a file would have to be a folder, too.

        Example:
            >>> names = ResultNames()
            >>> [names.choose(id, ".jpg") for id in ("a", "A", "b/c", "a.jpg/d")]
            ['a', 'A_2', 'b/c', 'a.jpg_d']
        """
        base = chosen = id if _folders_of(id).isdisjoint(self._files) else id.replace("/", "_")
        while self.has(chosen, suffix):
            self._numbers[base.casefold()] += 1
            chosen = f"{base}_{self._numbers[base.casefold()] + 1}"
        self._files |= _files_of(chosen, suffix)
        self._folders |= _folders_of(chosen)
        return chosen

    def has(self, id: str, suffix: str) -> bool:
        """Tell whether another image has its file or its label."""
        return not all(_files_of(id, suffix).isdisjoint(taken) for taken in (self._files, self._folders))


def _files_of(id: str, suffix: str) -> set[str]:
    """Name the image and its label."""
    return {f"{id}{suffix}".casefold(), f"{id}.txt".casefold()}


def _folders_of(id: str) -> set[str]:
    return {str(folder).casefold() for folder in PurePosixPath(id).parents}


def shortened(stem: str, most: int = LONGEST) -> str:
    """Cut a file's name to a number of bytes; the end of a longer one is a digest, which tells it from others."""
    if len(stem.encode()) <= most:
        return stem
    digest = sha256(stem.encode()).hexdigest()[:16]
    return f"{stem.encode()[: most - 17].decode(errors='ignore')}_{digest}"
