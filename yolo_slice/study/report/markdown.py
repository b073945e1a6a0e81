"""The report as Markdown."""

from collections.abc import Iterator, Sequence

from yolo_slice.markdown_table import aligned, literal
from yolo_slice.study.report.document import Document, Table


def markdown(report: Document) -> str:
    """Write the report; names are shown as they are, whatever is in them."""
    return "\n\n".join(_parts(report)) + "\n"


def _parts(report: Document) -> Iterator[str]:
    yield f"# {literal(report.title)}"
    if report.alarms:
        yield _list([f"**{literal(text)}**" for text in report.alarms])
    yield literal(report.state)
    yield f"## What can be concluded\n\n{_list(map(literal, report.findings))}"
    yield f"## What cannot\n\n{_list(map(literal, report.limits))}"
    for data, tables in report.tables.items():
        yield f"## {literal(data)}"
        yield from map(_table, tables)
    yield "## How it was made"
    yield from map(_table, report.appendix)


def _list(lines: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(table: Table) -> str:
    parts = [f"### {literal(table.title)}", aligned([table.head, *table.rows]), literal(table.note)]
    return "\n\n".join(filter(None, parts))
