"""What a study accepts, and what it refuses in words before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from small_study import small_protocol
from tiny_training import make_data

from yolo_slice import cli
from yolo_slice.errors import SliceError
from yolo_slice.study.arms import Arm, read_arms
from yolo_slice.study.protocol import Protocol, read_protocol, refuse_other, write_protocol
from yolo_slice.study.run import plan, read_seeds, run_study
from yolo_slice.study.settings import StudySettings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    return str(make_data(tmp_path / "squares", "detect"))


def test_arms_are_model_files_weights_and_conversions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    for file in ("my/yolov8n.yaml", "best.pt"):
        (tmp_path / file).touch()
    words = ("yolov8n", "yolov8n-slice.yaml", "my/yolov8n.yaml", "best.pt", "best.pt:spd2x2", "yolo11n.pt")
    assert read_arms(words) == {
        "yolov8n": Arm("yolov8n.yaml"),
        "yolov8n-slice": Arm("yolov8n-slice.yaml"),
        "yolov8n-2": Arm(str(tmp_path / "my" / "yolov8n.yaml")),
        "best.pt": Arm(str(tmp_path / "best.pt")),
        "best.pt+spd2x2": Arm(str(tmp_path / "best.pt"), "spd2x2"),
        "yolo11n.pt": Arm("yolo11n.pt"),
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["yolov8n", "yolov8n.yaml"], "models: yolov8n.yaml is named twice"),
        (["a/b.pt"], "models: a/b.pt is not there"),
        (["a/b"], "models: a/b.yaml is not there"),
        (["x.pt:sdp"], "models: x.pt:sdp: unknown form 'sdp'; expected one of x.pt:spd, x.pt:spd2x2"),
    ],
)
def test_wrong_arms(words: list[str], message: str) -> None:
    with pytest.raises(SliceError) as error:
        read_arms(words)
    assert str(error.value).startswith(message)


def test_the_protocol_says_everything(data: str) -> None:
    settings = StudySettings(
        models=("yolov5n", "yolov5n-slicesamp"), data=(data,), seeds="2", train={"epochs": "3", "mosaic": "0"}
    )
    protocol = plan(settings)
    assert write_protocol(Path("runs"), protocol)
    written = yaml.safe_load(Path("runs/study.yaml").read_text())
    assert written.pop("conclude").startswith("an arm is better or worse than the baseline when its Holm-corrected")
    assert written.pop("written") == protocol.written
    assert written == {
        "study": "squares",
        "arms": {"yolov5n": {"model": "yolov5n.yaml"}, "yolov5n-slicesamp": {"model": "yolov5n-slicesamp.yaml"}},
        "baseline": "yolov5n",
        "data": {"squares": data},
        "seeds": [0, 1],
        "train": {"plots": False, "workers": 4, "epochs": 3, "mosaic": 0},
        "metric": "AP",
        "epoch": "last",
        "interval": 0.95,
        "correction": "holm",
    }
    assert read_protocol(Path("runs")) == protocol


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["epoch=3"], "epoch= is no setting of a study and no argument of `yolo train`; did you mean epochs="),
        (["modles=x"], "modles= is no setting of a study and no argument of `yolo train`; did you mean models="),
        (["epochs=many"], "epochs=many: 'epochs=many' is of invalid type str"),
        (["lr0=7"], "lr0=7: 'lr0=7' is an invalid value"),
        (["seed=3"], "seed= is not for you to give: a study has seeds="),
        (["device=0"], "device= is not for you to give: a study has devices="),
        (["time=1"], "time= is not for you to give: it ends trainings by the clock"),
        (["imgsz=0"], "imgsz=0: nothing can be trained with it"),
        (["workers=-1"], "workers=-1: nothing can be trained with it"),
        (["optimizer=Nix"], "optimizer=Nix: nothing can be trained with it"),
        (["task=segment"], "task= is not for you to give"),
        (["batch=-1"], "batch=-1: expected a number of images"),
        (["seeds=0"], "seeds=0: expected how many (5), or different whole numbers"),
        (["seeds=1,1"], "seeds=1,1: expected"),
        (["seeds=a"], "seeds=a: expected"),
        (["baseline=yolov8n"], "baseline=yolov8n is no arm of the study; arms: yolov5n"),
        (["models=yolov8n-cls"], "models: yolov8n-cls.yaml is for task classify"),
        (["data=no/such.yaml"], "data: no/such.yaml is not there"),
        (["data=nowhere.yaml"], "nowhere.yaml does not exist"),
        (["devices=gpu"], "devices: gpu: expected cpu, mps, or the number of a GPU"),
        (["devices=99"], "devices: there is no GPU 99"),
        (["name=s", "report"], "report is not a study"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    data: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    given = {word.split("=")[0] for word in words}
    base = [word for word in ("models=yolov5n", f"data={data}", "seeds=1") if word.split("=")[0] not in given]
    base = [] if "report" in words else base
    assert cli.main(["study", *base, *(word for word in words if word != "name=s")]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"yolo-slice: {message}")
    assert error.count("\n") == 1
    assert not Path("runs").exists()


def test_what_is_missing_is_said_before_torch_is_loaded(tmp_path: Path) -> None:
    lines = (["models=a/b.pt", "data=x.yaml"], ["models=yolov8n", "data=a/x.yaml"], ["models=a"], ["nowhere"])
    code = (
        "from yolo_slice.cli import main; import sys\n"
        f"for words in {lines}: print(main(['study', *words]), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "1 False\n" * 4


def test_another_study_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    known = small_protocol()
    assert write_protocol(tmp_path, known)
    assert not write_protocol(tmp_path, small_protocol(seeds=(5,)))
    assert read_protocol(tmp_path) == known
    refuse_other(tmp_path, small_protocol(written="at another time"))
    other = small_protocol(seeds=(0, 1, 2), train={"epochs": 2, "imgsz": 64})
    with pytest.raises(SliceError) as error:
        refuse_other(tmp_path, other)
    assert str(error.value) == (
        f"{tmp_path} is a study with another protocol: seeds is 0, 1 there and 0, 1, 2 here; epochs is 1 there and 2 "
        "here; imgsz is not given there and 64 here. Name this one with name=, or go on with that one: "
        f"yolo-slice study {tmp_path}"
    )


def test_a_study_that_goes_on_keeps_its_protocol(tmp_path: Path) -> None:
    write_protocol(tmp_path, small_protocol())
    with pytest.raises(SliceError, match=r"seeds= cannot be changed: .* was written before the first training"):
        run_study(StudySettings(folder=tmp_path, seeds="3"))
    with pytest.raises(SliceError, match=r"epochs= cannot be changed"):
        run_study(StudySettings(folder=tmp_path, train={"epochs": "3"}))


def test_a_ruined_protocol_is_one_line(tmp_path: Path) -> None:
    deep = "nested more than 50 deep"
    other = "is not as a study writes it"
    unknown = "arms: {a: {modle: x}}\nseeds: [1]"
    faults = {"": other, "arms: 3": other, unknown: other, "[": "line 1: not YAML", "[" * 99: deep}
    for text, fault in faults.items():
        (tmp_path / "study.yaml").write_text(text)
        with pytest.raises(SliceError, match=rf"study\.yaml.*{fault}"):
            read_protocol(tmp_path)


def test_seeds() -> None:
    assert read_seeds("1") == (0,)
    assert read_seeds("7,") == (7,)
    assert read_seeds("0, 3,7") == (0, 3, 7)


def test_protocols_are_equal_by_value() -> None:
    assert isinstance(small_protocol(), Protocol)
    assert small_protocol(written="x") == small_protocol(written="x")
