"""The report as one page of HTML that needs nothing else: no script, no network."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from yolo_slice.compare.paired import BETTER, WORSE
from yolo_slice.study.report.document import VERDICT, Document, Table
from yolo_slice.study.report.pictures import Picture

STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --alarm: #b35900; --better: #1a7f37; --worse: #c92a2a }
@media (prefers-color-scheme: dark) { :root { --alarm: #ffb066; --better: #57d377; --worse: #ff8787 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem }
h1, h2, h3, li, p { overflow-wrap: anywhere } h3 { font-size: 1rem; margin: 1.6rem 0 .4rem }
.alarms { border-left: .3rem solid var(--alarm); padding: .6rem 1rem; background: var(--soft) }
.alarms li { color: var(--alarm) } ul { padding-left: 1.2rem }
.table { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
td, th { padding: .2rem .6rem; text-align: right; font-weight: normal; vertical-align: top }
td:first-child, th:first-child { text-align: left; padding-left: 0 } td:first-child { min-width: 9rem }
thead th { border-bottom: 1px solid var(--line); opacity: .75 } tbody tr:hover { background: var(--soft) }
td:first-child.under { padding-left: 1.2rem; opacity: .75 } .note { font-size: .85rem; opacity: .8; max-width: 60rem }
.verdict { min-width: 8.5rem }
.better { color: var(--better); font-weight: 600 } .worse { color: var(--worse); font-weight: 600 }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem }
figure { margin: 0 } figure svg { width: 100%; height: auto; display: block }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; padding: 0; list-style: none }
.key { width: 2rem; height: .5rem }
"""
SHORT = 15  # letters, such as 0.355 ± 0.017
BAND = "Curves: of Ultralytics' validation after each epoch; thin: each run; thick: mean; band: lowest to highest run."


def page(report: Document, pictures: Mapping[str, Sequence[Picture]], legend: Iterable[tuple[str, str]]) -> str:
    """Write the page.

    Args:
        report: Sentences and tables.
        pictures: Label of a data set to its pictures.
        legend: Each arm's label and the SVG of its line.
    """
    keys = "".join(f"<li>{svg} {escape(arm)}</li>" for arm, svg in legend)
    title = escape(report.title)
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            f'<div class="alarms">{_list(report.alarms)}</div>' if report.alarms else "",
            f"<p>{escape(report.state)}</p>",
            f"<h2>What can be concluded</h2>{_list(report.findings)}",
            f"<h2>What cannot</h2>{_list(report.limits)}",
            *(_section(data, tables, pictures[data], keys) for data, tables in report.tables.items()),
            "<h2>How it was made</h2>",
            *map(_table, report.appendix),
            "</body></html>\n",
        )
    )


def _section(data: str, tables: Sequence[Table], drawn: Sequence[Picture], keys: str) -> str:
    """Write a data set's part: the verdict, the pictures, then the rest."""
    figures = "".join(f'<figure role="img" aria-label="{escape(one.title)}">{one.svg}</figure>' for one in drawn)
    shown = f'<ul class="legend">{keys}</ul><div class="pictures">{figures}</div><p class="note">{BAND}</p>'
    first, *rest = map(_table, tables)
    return "\n".join([f"<h2>{escape(data)}</h2>", first, shown if drawn else "", *rest])


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.head)
    rows = "".join(f"<tr>{''.join(_cells(row, table.head))}</tr>" for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    body = f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"<h3>{escape(table.title)}</h3>{body}{note}"


def _cells(row: Sequence[str], head: Sequence[str]) -> Iterator[str]:
    for name, text in zip(head, row, strict=True):
        word = text.split(",")[0]
        judged = f"verdict {word}" if word in (BETTER, WORSE) else "verdict"
        style = judged if name == VERDICT else "under" if text.startswith("  ") else ""
        shown = _unbroken(escape(text))
        yield f'<td class="{style}">{shown}</td>' if style else f"<td>{shown}</td>"


def _unbroken(text: str) -> str:
    """Let a cell break before an interval only, and a short one nowhere."""
    if len(text) <= SHORT:
        return text.replace(" ", "\N{NO-BREAK SPACE}")
    return text.replace(", +", ",\N{NO-BREAK SPACE}+").replace(", -", ",\N{NO-BREAK SPACE}-")
