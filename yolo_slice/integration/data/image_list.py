"""A text file that lists images, one a line."""

from pathlib import Path

from yolo_slice.foreign_files import read_text


def read_image_list(file: Path) -> list[tuple[str, Path]]:
    """Read the lines that are not blank, each with the image that Ultralytics takes it for.

    `./` means the list's folder; other relative paths are taken from the working directory.

    Raises:
        SliceError: If the file is not text.
    """
    lines = [line.strip() for line in read_text(file).splitlines() if line.strip()]
    return [(line, file.parent / line[2:] if line.startswith("./") else Path(line)) for line in lines]
