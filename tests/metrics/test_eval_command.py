"""`yolo-slice eval`: models and files, one table, JSON, CSV and a picture; mistakes are one line."""

import csv
import json
import os
from pathlib import Path

import matplotlib.image
import pytest
import yaml
from tiny_detection import QUICK, make_data_set, make_model

from yolo_slice import cli
from yolo_slice.errors import SliceError
from yolo_slice.metrics import SizeBin, evaluate_coco, evaluate_voc, plot_sizes
from yolo_slice.metrics.coco import NAMES

pytestmark = pytest.mark.filterwarnings("default")  # the host's own runs warn in many places
BOX = [10, 20, 30, 40]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["eval", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def write_files(root: Path) -> list[str]:
    truth = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": BOX, "area": 700, "iscrowd": 0}],
    }
    (root / "truth.json").write_text(json.dumps(truth))
    for name, width in (("good", 30), ("worse", 21)):
        rows = [{"image_id": 1, "category_id": 1, "bbox": [*BOX[:2], width, 40], "score": 0.9}]
        (root / f"{name}.json").write_text(json.dumps(rows))
    return [f"truth={root / 'truth.json'}", f"project={root / 'runs'}"]


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = write_files(tmp_path)
    status, out, _ = run(capsys, *common, f"detections={tmp_path / 'good.json'}")
    assert status == 0
    lines = out.splitlines()
    assert lines[1].split() == ["COCO:", "segmentation", "area", *NAMES, "VOC", "area", "VOC", "11point"]
    assert (
        lines[2].split()
        == ["good", "1.000", "1.000", "1.000", "1.000", "-", "-"] + ["1.000"] * 4 + ["-", "-"] + ["1.000"] * 2
    )
    assert next(line for line in lines if line.startswith("dog")).split()[:3] == ["dog", "1", "1.000"]
    assert next(line for line in lines if line.startswith("objects")).split()[1:] == ["0", "0", "1", "0", "0", "0"]
    assert "VOC: the development kit's AP" in out
    record = json.loads((tmp_path / "runs/eval/eval.json").read_text())["good"]
    assert record["coco"]["AP"] == pytest.approx(1)
    assert record["voc"]["11point"]["AP"] == {"dog": 1.0}
    rows = list(csv.DictReader((tmp_path / "runs/eval/eval.csv").read_text().splitlines()))
    assert [(row["class"], row["objects"], row["VOC_area"]) for row in rows] == [
        ("all", "1", "1.0"),
        ("dog", "1", "1.0"),
        ("cat", "0", "-1.0"),
    ]


def test_several_detections_one_rule_other_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = write_files(tmp_path)
    both = f"detections={tmp_path / 'good.json'},{tmp_path / 'worse.json'}"
    status, out, _ = run(capsys, *common, both, "rule=11point", "sizes=0,25,50", "name=pair", "save_json=True")
    assert status == 0
    assert [line.split()[1] for line in out.splitlines()[2:4]] == ["1.000", "0.500"]  # 0.7: right at 5 of 10
    assert "VOC area" not in out
    assert "0-25  25-50  50+" in out
    folder = tmp_path / "runs/pair"
    assert {path.name for path in folder.iterdir()} == {"eval.json", "eval.csv", "ap_by_size.png", "good", "worse"}
    assert matplotlib.image.imread(folder / "ap_by_size.png").shape == (675, 1200, 4)
    saved = folder / "worse"
    again = evaluate_coco(saved / "ground_truth.json", saved / "predictions.json")
    assert again["AP"] == pytest.approx(
        json.loads((folder / "eval.json").read_text())["worse"]["coco"]["AP"], abs=1e-12
    )


def test_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = write_files(tmp_path)
    (tmp_path / "worse.json").write_text(json.dumps([{"image_id": 1, "category_id": 2, "bbox": BOX, "score": 0.9}]))
    both = f"detections={tmp_path / 'good.json'},{tmp_path / 'worse.json'}"
    status, out, _ = run(capsys, *common, both, "errors=True", "sizes=")
    assert status == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["good", "1.000", *["0.000"] * 8] in rows
    assert ["worse", "0.000", "1.000", *["0.000"] * 6, "-"] in rows  # the only object need not be found: no AP
    assert ["small", "1", "0", "1", *"00000"] in rows  # of 700 square pixels, says the file
    record = json.loads((tmp_path / "runs/eval/eval.json").read_text())["worse"]["errors"]
    assert record["per_class"]["dog"]["classification"] == {"errors": 0, "gain": 1.0}
    assert record["per_class"]["cat"]["classification"] == {"errors": 1, "gain": -1.0}
    assert record["sizes"]["small"]["classification"] == {"errors": 1, "gain": 1.0}
    table = list(csv.DictReader((tmp_path / "runs/eval/eval.csv").read_text().splitlines()))
    found = [(row["class"], row["classification_errors"], row["classification_gain"]) for row in table[3:]]
    assert found == [("all", "1", "1.0"), ("dog", "0", "1.0"), ("cat", "1", "-1.0")]


@pytest.mark.slow
def test_models_on_a_data_set_with_difficult_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = make_data_set(tmp_path / "noise", count=3)
    data = yaml.safe_load(file.read_text())
    side = tmp_path / "noise/annotations"
    side.mkdir()
    names = ["first", "second"]
    sizes = {"val/0": (200, 90), "val/deep/0": (190, 120), "val/1": (180, 150)}
    lines = []
    for image, (w, h) in sizes.items():
        objects = []
        for row in (tmp_path / f"noise/labels/{image}.txt").read_text().splitlines():
            k, cx, cy, bw, bh = map(float, row.split())
            corners = [(cx - bw / 2) * w, (cy - bh / 2) * h, (cx + bw / 2) * w, (cy + bh / 2) * h]
            thing = {"name": names[int(k)], "xyxy": [corner + 1 for corner in corners], "difficult": k == 1}
            objects.append({**thing, "pose": "Left"})
        lines.append(json.dumps({"image": f"images/{image}.png", "width": w, "height": h, "objects": objects}))
        label = tmp_path / f"noise/labels/{image}.txt"  # difficult objects have no place in labels
        label.write_text("".join(f"{row}\n" for row in label.read_text().splitlines() if row[0] != "1"))
    (side / "val.jsonl").write_text("\n".join(lines))
    model = make_model()
    for name in ("a", "b"):
        model.save(tmp_path / f"{name}.pt")
    settings = [f"{key}={value}" for key, value in QUICK.items() if key not in ("plots", "verbose")]
    both = f"model={tmp_path / 'a.pt'},{tmp_path / 'b.pt'}"
    status, out, _ = run(capsys, both, f"data={file}", f"project={tmp_path / 'runs'}", "save_json=True", *settings)
    assert status == 0
    table = out[out.index("COCO: box area") :].splitlines()
    assert table[1].split()[1:] == table[2].split()[1:]
    assert "Difficult objects are not known" not in out
    folder = tmp_path / "runs/eval"
    record = json.loads((folder / "eval.json").read_text())["a"]
    assert record["voc"]["area"]["difficult"] == {"first": 0, "second": 1}
    assert record["voc"]["area"]["AP"].keys() == {"first"}
    assert record["settings"]["imgsz"] == 160
    assert record["ultralytics"]["metrics/mAP50(B)"] > 0
    # the same once more, from the saved files and labels of the data set, without the model
    saved = json.loads((folder / "a/predictions.json").read_text())
    images = json.loads((folder / "a/ground_truth.json").read_text())["images"]
    paths = {image["id"]: image["file_name"] for image in images}
    again = [{**row, "image_id": paths[row["image_id"]]} for row in saved]
    assert evaluate_coco(file, again)["AP"] == pytest.approx(record["coco"]["AP"], abs=1e-6)
    assert evaluate_voc(file, again)["first"] == pytest.approx(record["voc"]["area"]["AP"]["first"], abs=1e-6)
    assert yaml.safe_load(file.read_text()) == data


@pytest.mark.long
def test_annotations_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = make_data_set(tmp_path / "noise", count=3)
    make_model().save(tmp_path / "a.pt")
    common = [f"model={tmp_path / 'a.pt'}", f"data={file}", f"project={tmp_path / 'runs'}", "sizes=", "imgsz=160"]
    status, out, _ = run(capsys, *common, "save_json=True", "workers=0")
    assert status == 0
    assert "COCO: box area" in out
    assert "Difficult objects are not known" in out
    assert not list(tmp_path.rglob("*.png.unfinished"))
    truth = json.loads((tmp_path / "runs/eval/ground_truth.json").read_text())
    for row in truth["annotations"]:
        row["area"] *= 2
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    status, out, _ = run(capsys, *common, f"annotations={tmp_path / 'truth.json'}", "workers=0")
    assert "COCO: segmentation area" in out
    assert not list((tmp_path / "runs").rglob("ap_by_size.png"))
    truth["categories"][0]["name"] = "wolf"
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    status, _, err = run(capsys, *common, f"annotations={tmp_path / 'truth.json'}", "workers=0")
    assert (status, "the data YAML has no class 'wolf'" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give model= and data=, or truth= and detections=; for example: yolo-slice eval model=best.pt"),
        (["model=a.pt"], "give model= and data=, or truth= and detections="),
        (["truth=a.json"], "give model= and data=, or truth= and detections="),
        (["model=a.pt", "truth=a.json", "detections=b.json"], "give model= and data=, or truth= and detections="),
        (["truth=a.json", "detections=b.json"], "truth=a.json does not exist"),
        (["model=nowhere.pt", "data=nowhere.yaml"], "nowhere.pt"),
        (["model=a.pt", "data=b.yaml", "rule=13point"], "rule=13point: expected one of area, 11point"),
        (["model=a.pt", "data=b.yaml", "engine=mine"], "engine=mine: expected one of pycocotools"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        status, out, err = run(capsys, *arguments)
    finally:
        os.chdir(here)
    assert status in (1, 2)
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.pt").write_text("no model")
    status, _, err = run(capsys, f"model={tmp_path / 'a.pt'}", "data=data.yaml", f"project={tmp_path / 'runs'}")
    assert status == 1
    assert err.splitlines()[-1].startswith(f"yolo-slice: model={tmp_path / 'a.pt'}: not a PyTorch checkpoint")
    assert not (tmp_path / "runs").exists()


def test_the_picture_marks_empty_bins_and_breaks_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: figures.append(self))
    bins = [SizeBin(0, 8, 3, 0.1, 0.2), SizeBin(8, 16, 0, -1, -1), SizeBin(16, float("inf"), 2, 0.5, 0.6)]
    plot_sizes({"a": bins, "b": bins}, tmp_path / "x.png", "box area")
    axes = figures[0].axes[0]
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert len({line.get_color() for line in axes.lines}) == len({line.get_marker() for line in axes.lines}) == 2
    assert axes.lines[0].get_ydata().tolist() == pytest.approx([0.1, float("nan"), 0.5], nan_ok=True)
    assert [text.get_text() for text in axes.texts] == ["no objects"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0-8\n3", "8-16\n0", "16+\n2"]
    with pytest.raises(SliceError, match="nothing to draw"):
        plot_sizes({"a": bins, "b": bins[:1]}, tmp_path / "x.png", "box area")
    with pytest.raises(SliceError, match="nothing to draw"):
        plot_sizes({}, tmp_path / "x.png", "box area")
