"""A name stays a name in every text that we write: no new line, no formula, no markup."""

import csv
import io
import json

import pytest
import yaml

from yolo_slice.atomic_file import write_whole
from yolo_slice.cam.run.settings import CamSettings, describe_run
from yolo_slice.cam.score.table import Sample, summarise, to_csv, to_markdown
from yolo_slice.csv_text import csv_text
from yolo_slice.integration.model_files.derived import derive
from yolo_slice.integration.model_files.model_text import write_model

NAMES = ["=1+1", "+a", "-a", "@a", "a|b", "<script>", "a\nb"]


@pytest.mark.parametrize("name", NAMES)
def test_tables_of_cam_score(name):
    rows = summarise([Sample(name, "gradcam", name, 1.0, 0.5, False)])
    cells = [row["class_name"] for row in csv.DictReader(io.StringIO(to_csv(rows)))]
    assert cells[1].lstrip("'") == name
    assert cells[1][0] not in "=+-@"
    lines = to_markdown(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert "<script" not in to_markdown(rows).replace("\\<", "")


def test_csv_of_eval():
    assert csv_text(["class", "AP"], [["=cmd()", -0.5]]) == "class,AP\n'=cmd(),-0.5\n"


def test_comments_stay_comments():
    text = describe_run("yolo-slice cam", CamSettings(model=("a.pt",), source="a\ndownload: bad"))
    assert "download" not in yaml.safe_load(text)
    assert yaml.safe_load(text)["source"] == "a\ndownload: bad"
    text = write_model(derive("yolov8n-slice"), "yolo-slice yaml x\ndownload: bad")
    assert "download" not in yaml.safe_load(text)


def test_what_utf_8_cannot_say(tmp_path):
    write_whole(tmp_path / "a.json", json.dumps({"a": "x\udcff"}, ensure_ascii=False))
    assert json.loads((tmp_path / "a.json").read_bytes()) == {"a": "x\udcff"}
