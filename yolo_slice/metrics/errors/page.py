"""The errors as one page of HTML that needs nothing else: tables, and pictures of the worst."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from yolo_slice.metrics.errors.cases import (
    SHOWN,
    Group,
    are_comparable,
    false_alarms,
    found_by_one,
    found_counts,
    missed_objects,
)
from yolo_slice.metrics.errors.gains import ErrorAnalysis
from yolo_slice.metrics.errors.image_crop import NOT_FOUND, Images, Painter, crop
from yolo_slice.metrics.errors.kinds import KINDS
from yolo_slice.metrics.errors.table import COUNT_HEAD, GAIN_HEAD, NOTE, class_rows, count_rows, gain_rows

LEGEND = '<p class="legend"><i class="object"></i> the object <i class="found"></i> the detection</p>'
PAIR = ' class="pair"'
MORE_NOT_FOUND = (
    "Not found are more objects than the table's missed: one near a detection of the wrong class or with a poor box "
    "is that error there, as TIDE counts, and not found all the same."
)
ANY_CONFIDENCE = "Found: at IoU 0.5, by a detection of any confidence that counts for AP."
MAPS = "Beside a miss with a detection near: what that detection hangs on, hot colours most."
NO_IMAGES = "Some images are not found: name the folder that they are in or below, images=FOLDER."


def error_page(
    analyses: Mapping[str, ErrorAnalysis], folder: Path | None = None, painters: Mapping[str, Painter] | None = None
) -> str:
    """Write the page.

    Args:
        analyses: The errors of each model.
        folder: Where images are, of which the ground truth does not know the file.
        painters: For each model what draws the map of one of its detections, beside the objects that it misses.
    """
    paint = painters or {}
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    names = " and ".join(analyses)
    models = (part for name, one in analyses.items() for part in _model(name, one, folder, paint.get(name)))
    shown = [*_pairs(analyses, folder, paint), *models]
    kinds = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in KINDS.items())
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
            f"<title>Errors of {escape(names)}</title><style>\n{style}</style></head><body>",
            f"<h1>Errors of {escape(names)}</h1>",
            _table("What each kind costs", GAIN_HEAD, gain_rows(analyses)),
            f"<p>{escape(NOTE)}</p>",
            _table("How many there are", COUNT_HEAD, count_rows(analyses)),
            f"<details><summary>The kinds of errors</summary><dl>{kinds}</dl></details>",
            *([f"<p>{NO_IMAGES}</p>"] if any(NOT_FOUND in part for part in shown) else []),
            *([f"<p>{MAPS}</p>"] if any(PAIR in part for part in shown) else []),
            *shown,
            "</body></html>\n",
        )
    )


def _pairs(
    analyses: Mapping[str, ErrorAnalysis], folder: Path | None, painters: Mapping[str, Painter]
) -> Iterator[str]:
    """Compare each model with the first: what one finds and the other does not."""
    (first, base), *others = analyses.items()
    for name, one in others:
        if not are_comparable(base, one):
            continue
        rows = [[size, *map(str, counts)] for size, counts in found_counts((base, one)).items()]
        head = ["objects", "found by both", f"only by {first}", f"only by {name}", "by neither"]
        yield f"<h2>{escape(name)} beside {escape(first)}</h2>{LEGEND}"
        yield _table("Objects found", head, rows)
        yield f"<p>{ANY_CONFIDENCE} The detection is that of the model that did not find the object.</p>"
        groups = found_by_one((first, name), (base, one))
        half = len(groups) // 2
        yield from _groups(groups[:half], one, folder, painters.get(name))
        yield from _groups(groups[half:], base, folder, painters.get(first))


def _model(name: str, one: ErrorAnalysis, folder: Path | None, paint: Painter | None) -> Iterator[str]:
    yield f"<h2>{escape(name)}</h2>{LEGEND}<p>{MORE_NOT_FOUND}</p>"
    yield from _groups(missed_objects(one), one, folder, paint)
    yield from _groups(false_alarms(one), one, folder, None)
    table = _table("", ("own AP50 gained", *GAIN_HEAD[1:]), class_rows(one))
    yield f"<details><summary>By class</summary>{table}</details>"


def _groups(groups: Iterable[Group], one: ErrorAnalysis, folder: Path | None, paint: Painter | None) -> Iterator[str]:
    images = Images(one.truth, folder)
    for group in groups:
        if not group.cases:
            continue
        figures = "".join(
            _figure(crop(case, one.truth, one.found, images, paint), case.title, case.detail, images.name(case.image))
            for case in group.cases
        )
        count = f"{SHOWN} of {group.total}" if group.total > SHOWN else str(group.total)
        yield f'<h3>{escape(group.title)} <span>{count}</span></h3><div class="pictures">{figures}</div>'


def _figure(pictures: Sequence[str], title: str, *lines: str) -> str:
    small = "".join(f"<small>{escape(line)}</small>" for line in lines)
    shown = f"<div>{''.join(pictures)}</div>" if len(pictures) > 1 else pictures[0]
    kind = PAIR if len(pictures) > 1 else ""
    return f"<figure{kind}>{shown}<figcaption><b>{escape(title)}</b>{small}</figcaption></figure>"


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    caption = f"<h3>{escape(title)}</h3>" if title else ""
    return f'{caption}<div class="table"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    return f'<td class="under">{escape(text.strip())}</td>' if text.startswith("  ") else f"<td>{escape(text)}</td>"
