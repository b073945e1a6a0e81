"""A run's contact sheets, written page by page as rows come in, so that a large folder does not fill the memory."""

from collections.abc import Sequence
from pathlib import Path

from yolo_slice.atomic_file import write_whole
from yolo_slice.cam.run.page import make_page
from yolo_slice.cam.run.sheet import Row, Sheet, draw_sheet
from yolo_slice.image_files import write_picture


class SheetPages:
    """Collects rows and writes `sheet.png` and `index.html`, then `sheet-2.png` and `index-2.html`, ...

    Args:
        folder: Where to.
        title: Title of every page.
        notes: Lines below it.
        columns: Title and subtitle of each column.
        colormap: Colour map of the legend.
        rows_per_page: Rows of one page.
    """

    def __init__(
        self,
        folder: Path,
        title: str,
        notes: Sequence[str],
        columns: Sequence[tuple[str, str]],
        colormap: str,
        rows_per_page: int,
    ) -> None:
        self._folder = folder
        self._title = title
        self._notes = tuple(notes)
        self._columns = tuple(columns)
        self._colormap = colormap
        self._rows_per_page = rows_per_page
        self._rows: list[Row] = []
        self.pages = 0

    def add(self, row: Row) -> None:
        """Add a row; a full page is written once it is known that another follows."""
        if len(self._rows) == self._rows_per_page:
            self._write(is_last=False)
        self._rows.append(row)

    def close(self) -> None:
        """Write the last page."""
        if self._rows:
            self._write(is_last=True)

    def _write(self, is_last: bool) -> None:
        self.pages += 1
        title = self._title if is_last and self.pages == 1 else f"{self._title}, page {self.pages}"
        sheet = Sheet(title, self._notes, self._columns, tuple(self._rows), self._colormap)
        links = [(_numbered("index", self.pages - 1, ".html"), "previous page")] if self.pages > 1 else []
        links += [] if is_last else [(_numbered("index", self.pages + 1, ".html"), "next page")]
        write_picture(self._folder / _numbered("sheet", self.pages, ".png"), draw_sheet(sheet))
        write_whole(self._folder / _numbered("index", self.pages, ".html"), make_page(sheet, links))
        self._rows = []


def _numbered(stem: str, number: int, suffix: str) -> str:
    """Return the file name of a page.

    Example:
        >>> _numbered("index", 1, ".html"), _numbered("sheet", 2, ".png")
        ('index.html', 'sheet-2.png')
    """
    return f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
