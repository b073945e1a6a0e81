"""Contact sheets: where the pictures stand, and a page that is complete in itself."""

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np

from yolo_slice.cam.run.page import make_page
from yolo_slice.cam.run.sheet import CELL_PX, GAP_PX, Cell, Row, Sheet, draw_sheet
from yolo_slice.cam.run.sheet_pages import SheetPages

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def plain(colour, hw=(200, 300)):
    return np.full((*hw, 3), colour, np.uint8)


def row(title="a <b>.jpg", hw=(200, 300)) -> Row:
    cells = (
        Cell(plain(GREEN, hw), {"layer 15": plain(GREEN), "layer 18": plain(RED)}, 'one "x"'),
        Cell(plain(BLUE, hw), {}, "two"),
    )
    return Row(title, "person", plain(RED, hw), cells)


def sheet(*rows: Row) -> Sheet:
    return Sheet("Title & more", ("a note",), (("yolov8n", "Grad-CAM"), ("yolo11n", "Grad-CAM")), rows, "jet")


def test_pictures_stand_in_their_columns() -> None:
    drawn = draw_sheet(sheet(row(), row(hw=(800, 400))))
    assert drawn.shape[1] == 3 * (CELL_PX + GAP_PX) + GAP_PX
    for column, colour in enumerate((RED, GREEN, BLUE)):
        left = GAP_PX + column * (CELL_PX + GAP_PX)
        cell = drawn[:, left : left + CELL_PX]
        assert (cell == colour).all(2).sum() >= 200 * 300 + 400 * 200  # the first in its size, the second halved
        for other in {RED, GREEN, BLUE} - {colour}:
            assert (cell[150:] == other).all(2).sum() == 0


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data


def test_page_is_complete_in_itself() -> None:
    page = make_page(sheet(row()), [("index-2.html", "next page")])
    reader = Reader(page)
    images = [attrs for tag, attrs in reader.tags if tag == "img"]
    assert [i["alt"] for i in images] == [
        "a <b>.jpg, the input", 'one "x"', "two", 'one "x", layer 15', 'one "x", layer 18', "",
    ]  # fmt: skip
    for image, colour in zip(images, (RED, GREEN, BLUE, GREEN, RED), strict=False):
        data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape[:2] == (int(image["height"]), int(image["width"]))
        assert np.abs(picture.astype(int) - colour).max() < 6
    links = [
        v for _, attrs in reader.tags for k, v in attrs.items() if k in ("href", "src") and not v.startswith("data:")
    ]
    assert links == ["index-2.html"] * 2
    assert not re.search(r"https?://|@import|url\(", page)
    assert "a <b>.jpg" in reader.text
    assert "Title & more" in reader.text
    assert sum(tag == "details" for tag, _ in reader.tags) == 1


def test_pages_follow_each_other(tmp_path) -> None:
    pages = SheetPages(tmp_path, "T", [], [("m", ""), ("n", "")], "jet", rows_per_page=2)
    for i in range(5):
        pages.add(row(f"{i}.jpg"))
    pages.close()
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        "index-2.html", "index-3.html", "index.html", "sheet-2.png", "sheet-3.png", "sheet.png",
    ]  # fmt: skip
    links = [
        re.findall(r'<a href="([^"]+)"', (tmp_path / f).read_text("utf-8"))
        for f in ("index.html", "index-2.html", "index-3.html")
    ]
    assert [sorted(set(found)) for found in links] == [
        ["index-2.html"],
        ["index-3.html", "index.html"],
        ["index-2.html"],
    ]
    assert "4.jpg" in (tmp_path / "index-3.html").read_text("utf-8")
    assert pages.pages == 3


def test_no_rows_no_page(tmp_path) -> None:
    SheetPages(tmp_path, "T", [], [], "jet", 2).close()
    assert list(tmp_path.iterdir()) == []
