"""The stock `yolo` command: our errors end in one line; everything else is as before."""

import pytest
import ultralytics.cfg
from ultralytics.utils.checks import check_file

from yolo_slice.cli.stock_command import explain, missing_data
from yolo_slice.errors import SliceError


def test_a_mistake_that_we_explain_is_one_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("nc: 1\nbackbone:\n  - [-1, 1, SliceSmap, [64]]\nhead: []\n")
    with pytest.raises(SystemExit) as end:
        ultralytics.cfg.entrypoint("yolo detect train model=mine.yaml data=coco8.yaml")
    assert end.value.code == "yolo-slice: layer 0: unknown block 'SliceSmap'; did you mean SliceSamp or SliceUpsamp?"
    with pytest.raises(SystemExit, match=r"'yolov8n-slyce\.yaml' does not exist; did you mean yolov8n-slice\.yaml\?"):
        ultralytics.cfg.entrypoint("yolo detect train model=yolov8n-slyce.yaml data=coco8.yaml")


def test_other_errors_pass_through() -> None:
    with pytest.raises(SyntaxError) as error:
        ultralytics.cfg.entrypoint("yolo detect train nonsense=1")
    assert not isinstance(error.value, SliceError)


def test_a_data_yaml_that_is_not_there_is_one_line_before_any_model_is_built(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ultralytics.YOLO", lambda *_, **__: pytest.fail("a model is built"))
    with pytest.raises(SystemExit) as end:
        ultralytics.cfg.entrypoint("yolo detect train model=yolov8n-slice.yaml data=bcd/data.yaml")
    assert end.value.code == "yolo-slice: data=bcd/data.yaml does not exist"


def test_data_that_may_be_there_is_left_to_ultralytics(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    for data in ("mine.yaml", "coco8.yaml", "voc.yaml", "https://example.org/a.yaml", "imagenet10", "images/"):
        assert missing_data(["train", f"data={data}"], check_file) == ""
    assert missing_data(["predict", "data=nope.yaml"], check_file) == ""
    assert missing_data(["val", "model=a.pt", "data=nope.yml"], check_file) == "nope.yml"


@pytest.mark.long
def test_a_data_folder_that_is_not_there_is_one_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        ultralytics.cfg.entrypoint("yolo detect train model=yolov8n-slice.yaml data=bcd")
    assert str(end.value.code).startswith("yolo-slice: data=bcd")


def test_a_missing_package_of_an_export_is_named_with_its_extra() -> None:
    assert explain(ModuleNotFoundError("No module named 'onnx'", name="onnx")) == (
        "this needs onnx, which is not installed: pip install onnx, or install yolo-slice with its extra [export]"
    )
    for other in (ModuleNotFoundError("x", name="mine"), RuntimeError("Dataset 'a.yaml' error: x"), RuntimeError("x")):
        assert explain(other) == ""
