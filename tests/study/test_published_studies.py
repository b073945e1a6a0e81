"""docs/measured.md says what the records of the published studies say."""

import re
import shutil
from pathlib import Path

import pytest

from yolo_slice.study.cell import cells_of
from yolo_slice.study.protocol import FILE, read_protocol
from yolo_slice.study.report import write_report

DOCS = Path(__file__).parents[2] / "docs"
ABSOLUTE = re.compile(r"""(?<=[\s"'])(/|[A-Za-z]:\\)\w""")
STUDIES = sorted(file.parent for file in (DOCS / "studies").glob(f"*/{FILE}"))


def section(report: str, heading: str) -> list[str]:
    """The rows of the table below a heading."""
    lines = report.partition(f"### {heading}\n")[2].partition("###")[0].splitlines()
    return [line for line in lines if line.startswith("|")]


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_there_are_published_studies() -> None:
    assert STUDIES


@pytest.mark.long
@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_the_page_shows_their_verdicts(study: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(study, tmp_path / study.name, ignore=shutil.ignore_patterns("report"))
    report = (write_report(copied) / "report.md").read_text("utf-8")
    page = [cells(line) for line in (DOCS / "measured.md").read_text("utf-8").splitlines() if line.startswith("|")]
    rows = [cells(row) for row in section(report, "Verdict")[2:]]
    assert len(rows) > 1  # the baseline and an arm
    assert [row for row in rows if row not in page] == []


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_records_name_no_place_of_a_machine(study: Path) -> None:
    for file in [study / FILE, *study.rglob("*.json")]:
        assert not ABSOLUTE.search(file.read_text("utf-8")), file


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_training_has_its_record(study: Path) -> None:
    cells = cells_of(study, read_protocol(study))
    assert [cell.title for cell in cells if not cell.read_record()] == []
