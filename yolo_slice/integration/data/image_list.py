"""A text file that lists images, one a line."""

from pathlib import Path

from yolo_slice.errors import SliceError


def read_image_list(file: Path) -> list[tuple[str, Path]]:
    """Read the lines that are not blank, each with the image that Ultralytics takes it for.

    `./` means the list's folder; other relative paths are taken from the working directory.

    Raises:
        SliceError: If the file is not text.
    """
    try:
        lines = [line.strip() for line in file.read_text("utf-8-sig").splitlines() if line.strip()]
    except (UnicodeDecodeError, OSError) as fault:
        raise SliceError(f"{file}: not a text file that lists images ({fault})") from fault
    return [(line, file.parent / line[2:] if line.startswith("./") else Path(line)) for line in lines]
