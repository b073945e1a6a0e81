"""Looks at one image file as a whole: can it be decoded, is it turned, what does it show."""

import io
import warnings
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from PIL import Image

from yolo_slice.annotations.findings import Finding
from yolo_slice.foreign_files import LARGEST_IMAGE, refuse_unreadable

SMALLEST_SIDE = 10  # Ultralytics leaves out images with a shorter one
ORIENTATION = 274  # EXIF tag


@dataclass(frozen=True, slots=True)
class Look:
    """What came of it.

    Attributes:
        digest: Of the decoded pixels, so that a copy under another name or with other tags has the same; one that was
            compressed anew has not.
        findings: What is wrong with the file.
        is_readable: Whether it could be decoded to its end.
    """

    digest: bytes
    findings: tuple[Finding, ...]
    is_readable: bool


def look_at(file: Path) -> Look:
    """Decode an image completely."""
    data = b""
    try:
        refuse_unreadable(file, LARGEST_IMAGE)
        data = file.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damaged EXIF and of very large images
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                digest = blake2b(repr((image.mode, image.size)).encode() + image.tobytes(), digest_size=16).digest()
                return Look(digest, tuple(_find_faults(file, image, data)), True)
    except Exception as fault:  # Pillow raises OSError, ValueError, SyntaxError, struct.error ... on broken files
        finding = Finding("unreadable-image", file, f"cannot be decoded ({str(fault).removeprefix(f'{file} ')})")
        return Look(blake2b(data, digest_size=16).digest(), (finding,), False)


def _find_faults(file: Path, image: Image.Image, data: bytes) -> list[Finding]:
    findings = []
    orientation = image.getexif().get(ORIENTATION, 1)
    if orientation in range(2, 9):
        findings.append(Finding("exif-rotation", file, f"EXIF orientation {orientation}"))
    if min(image.size) < SMALLEST_SIDE:
        findings.append(Finding("tiny-image", file, f"{image.size[0]}x{image.size[1]} px"))
    if image.format == "JPEG" and not data.endswith(b"\xff\xd9"):
        findings.append(Finding("jpeg-end", file, "the file does not end with JPEG's end marker"))
    return findings
