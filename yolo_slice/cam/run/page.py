"""The contact sheet as one HTML file: pictures are embedded, nothing is loaded from elsewhere."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yolo_slice.cam.run.rendering import colour_scale
from yolo_slice.cam.run.sheet import Row, Sheet, shrink
from yolo_slice.image_files import image_url

PICTURE_PX, LAYER_PX = 640, 320
JPEG_QUALITY = 85

DIALOG = """<dialog aria-label="Large picture"><p></p><img src="data:," alt="">
<div><button data-key="ArrowLeft">&larr; left</button><button data-key="ArrowRight">right &rarr;</button>
<button data-key="ArrowUp">&uarr; up</button><button data-key="ArrowDown">down &darr;</button>
<button data-close>close</button></div>
<p class="help">Arrow keys: maps of the same picture, other pictures. Esc: close.</p></dialog>"""


def make_page(sheet: Sheet, links: Sequence[tuple[str, str]] = ()) -> str:
    """Return the sheet as an HTML page for phone and desktop, light and dark, mouse, touch and keyboard.

    Args:
        sheet: The sheet.
        links: File name and text of further pages.
    """
    here = Path(__file__)
    nav = " ".join(f'<a href="{escape(file)}">{escape(text)}</a>' for file, text in links)
    notes = "".join(f"<li>{escape(note)}</li>" for note in sheet.notes)
    rows = "\n".join(_make_row(row, sheet) for row in sheet.rows)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(sheet.title)}</title>
<link rel="icon" href="data:,">
<style>
{here.with_name("page.css").read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>{escape(sheet.title)}</h1>
<ul class="notes">{notes}</ul>
<p class="legend">0 <i style="background: {_gradient(sheet.colormap)}"></i> 1 = the map's own maximum</p>
<nav>{nav}</nav>
</header>
<main style="--columns: {len(sheet.columns) + 1}">
{rows}
</main>
<nav>{nav}</nav>
{DIALOG}
<script>
{here.with_name("page.js").read_text(encoding="utf-8")}</script>
</body>
</html>
"""


def _make_row(row: Row, sheet: Sheet) -> str:
    figures = [_make_view(row.picture, f"{row.title}, the input", "input", "")]
    layers = []
    for cell, (title, subtitle) in zip(row.cells, sheet.columns, strict=True):
        figures.append(_make_view(cell.picture, cell.alt, title, subtitle))
        layers += [
            f"<figure>{_make_image(picture, f'{cell.alt}, {name}', LAYER_PX)}"
            f"<figcaption>{escape(name)}<small>{escape(f'{title} {subtitle}')}</small></figcaption></figure>"
            for name, picture in cell.layers.items()
        ]
    details = f'<details><summary>Layers</summary><div class="layers">{"".join(layers)}</div></details>'
    return (
        f"<section><h2>{escape(row.title)} <span>{escape(row.subtitle)}</span></h2>"
        f'<div class="strip">{"".join(figures)}</div>{details if layers else ""}</section>'
    )


def _make_view(picture: NDArray[np.uint8], alt: str, title: str, subtitle: str) -> str:
    """Return a picture that opens large."""
    return (
        f'<figure><button class="view">{_make_image(picture, alt, PICTURE_PX)}</button>'
        f"<figcaption><b>{escape(title)}</b><small>{escape(subtitle)}</small></figcaption></figure>"
    )


def _make_image(picture: NDArray[np.uint8], alt: str, side_px: int) -> str:
    small = shrink(picture, (side_px, side_px))
    h, w = small.shape[:2]
    return f'<img src="{image_url(small, JPEG_QUALITY)}" width="{w}" height="{h}" alt="{escape(alt)}">'


def _gradient(colormap: str) -> str:
    """Return the colour map as a CSS gradient."""
    colours = colour_scale(np.linspace(0, 1, 9, dtype=np.float32)[None], colormap)[0]
    return f"linear-gradient(to right, {', '.join(f'rgb({r} {g} {b})' for b, g, r in colours)})"
