"""The report as one page of HTML that needs nothing else: no script, no network."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from yolo_slice.annotations.findings import Finding, printable
from yolo_slice.annotations.kinds import KINDS
from yolo_slice.atomic_file import write_whole
from yolo_slice.data.checking.example import Example, picture_url
from yolo_slice.data.checking.report import Report

SHOWN = 50  # findings of a kind on the page
STYLE = """
:root { color-scheme: light dark; --line: #8884; --error: #c92a2a; --warning: #b35900; --bar: #1f9e89; --bar2: #7b61c4 }
@media (prefers-color-scheme: dark) { :root { --error: #ff8787; --warning: #ffb066 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; overflow-wrap: anywhere } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: right; font-weight: normal }
td:first-child, th:first-child { text-align: left } thead th { border-bottom: 1px solid var(--line) }
.bar { display: inline-block; height: .8em; background: var(--bar); vertical-align: baseline }
.bar.second { background: var(--bar2) } td.bars { text-align: left; width: 22rem }
details { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; margin: .6rem 0 }
summary { cursor: pointer }
.error { color: var(--error); font-weight: 600 } .warning { color: var(--warning); font-weight: 600 }
li { overflow-wrap: anywhere } code { font-size: .9em }
.pictures { display: flex; flex-wrap: wrap; gap: .8rem; margin: .8rem 0 } figure { margin: 0; max-width: 100% }
figure img { max-width: 100%; display: block }
figcaption { font-size: .8rem; max-width: 26rem; overflow-wrap: anywhere }
"""


def save_html(report: Report, file: Path) -> None:
    """Write a report as a page with example pictures that needs no other file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, printable(page(report)))


def page(report: Report) -> str:
    """Write the page."""
    title = escape(f"{report.source.name}: {report.verdict}")
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            f"<p>{escape(str(report.source))} ({report.format}). {' '.join(map(escape, report.about))}</p>",
            *_splits(report),
            "<h2>What is wrong</h2>",
            *([*_groups(report)] or ["<p>Nothing was found.</p>"]),
            f"<h2>Object sizes</h2>{_sizes(report)}",
            f"<h2>Classes</h2>{_classes(report)}",
            *_gallery(report),
            "</body></html>\n",
        )
    )


def _splits(report: Report) -> Iterator[str]:
    head = ("split", "used for", "images", "usable", "without objects", "objects", "difficult or crowd")
    rows = [
        (name, ", ".join(s.uses), s.listed, s.images, s.backgrounds, s.objects, s.set_aside)
        for name, s in report.splits.items()
    ]
    yield _table(head, rows)


def _groups(report: Report) -> Iterator[str]:
    for kind, group in report.groups().items():
        facts = KINDS[kind]
        rest = f"<p>and {len(group) - SHOWN} more</p>" if len(group) > SHOWN else ""
        yield (
            f'<details open><summary><span class="{facts.severity}">{facts.severity}</span> '
            f"{escape(facts.title)}: {len(group)} <code>{kind}</code></summary>"
            f"<p>To do: {escape(facts.advice)}.</p>{_pictures(report, kind)}"
            f"<ul>{''.join(map(_entry, group[:SHOWN]))}</ul>{rest}</details>"
        )


def _entry(finding: Finding) -> str:
    return f"<li><code>{escape(finding.place)}</code>: {escape(finding.message)}</li>"


def _sizes(report: Report) -> str:
    most = max((max(a, b) for _, a, b in report.sizes.rows()), default=0)
    rows = [(px, a, b, _Bar(_bar(a, most) + "<br>" + _bar(b, most, "bar second"))) for px, a, b in report.sizes.rows()]
    shares = ", ".join(f"{name} {a:.1%} ({b:.1%})" for name, (a, b) in report.sizes.shares().items())
    head = ("side, px", "as annotated", f"at imgsz={report.sizes.imgsz}", "")
    return (
        f"{_table(head, rows)}<p>Upper bar: as annotated, lower bar: at imgsz. By COCO's limits of 32 and 96 px, "
        f"as annotated (at imgsz): {shares}.</p>"
    )


def _classes(report: Report) -> str:
    classes = report.classes()
    most = classes[0][1] if classes else 0
    splits = [*report.splits]
    rows = [
        (name, *(report.objects[name].get(split, 0) for split in splits), _bar(count, most)) for name, count in classes
    ]
    return _table(("class", *splits, ""), rows)


def _gallery(report: Report) -> Iterator[str]:
    for split in report.splits:
        if pictures := _pictures(report, split):
            yield f"<h2>The first images of {escape(split)}</h2>{pictures}"


def _pictures(report: Report, kind: str) -> str:
    figures = "".join(_figure(example) for example in report.examples if example.kind == kind)
    return f'<div class="pictures">{figures}</div>' if figures else ""


def _figure(example: Example) -> str:
    names = ", ".join(sorted({item.name for item in example.items})) or "no objects"
    caption = f"{example.image.name}, {example.wh[0]}x{example.wh[1]}: {names}"
    return f'<figure><img src="{picture_url(example)}" alt=""><figcaption>{escape(caption)}</figcaption></figure>'


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a table."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


class _Bar(str):
    """HTML that needs no escaping."""


def _cell(value: object) -> str:
    return f'<td class="bars">{value}</td>' if isinstance(value, _Bar) else f"<td>{escape(str(value))}</td>"


def _bar(count: int, most: int, style: str = "bar") -> _Bar:
    return _Bar(f'<span class="{style}" style="width:{20 * count / most if most else 0:.2f}rem"></span>')
