"""Derived models: the rule against the shipped files and against what every stock model does with an image."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from meta_layers import shapes_only
from ultralytics import YOLO
from ultralytics.nn import tasks
from ultralytics.nn.modules import Conv
from ultralytics.utils import LOGGER, checks

from yolo_slice import cli
from yolo_slice.errors import SliceError
from yolo_slice.integration.log import inform_once
from yolo_slice.integration.model_files.derived import Derivation, derive
from yolo_slice.integration.model_files.model_text import write_model
from yolo_slice.integration.model_files.resolution_rows import resolution_rows
from yolo_slice.integration.model_files.stock_files import stock_model_names
from yolo_slice.integration.model_files.suffixes import ROWS, SUFFIXES, split_stem, words
from yolo_slice.paths import model_files

STOCK = stock_model_names()
WITHOUT = {  # nothing to swap for a strided convolution; in the second group nothing at all
    "yolov3-tiny",
    "yolov8-ghost",
    "yolov8-ghost-p2",
    "yolov8-ghost-p6",
    "yolo11-cls-resnet18",
    "yolov8-cls-resnet50",
    "yolov8-cls-resnet101",
}
PROMPTED = {"yolov8-world", "yolov8-worldv2"}  # rows inside need the text's features
SOME = ["yolo26-p2", "yolo26-sem", "yolov6", "yolov10s", "yolo12-obb", "yolov8-cls"]


@pytest.fixture(autouse=True)
def _own_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 8.4.190 the host leaves a model file's activation (yolov6: ReLU) behind as everybody's default."""
    monkeypatch.setattr(Conv, "default_act", Conv.default_act)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the host's log is given; its level is that of an error in tests."""
    messages: list[str] = []
    monkeypatch.setattr(LOGGER, "info", lambda message, *_: messages.append(str(message)))
    return messages


def content(model: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in model.items() if k not in ("scale", "yaml_file")}


def whole(model: dict[str, Any]) -> list[list[Any]]:
    return model["backbone"] + model["head"]


def resolutions(d: dict[str, Any]) -> Iterator[tuple[str, torch.Size, torch.Size]]:
    """Yield the type and the shapes in and out of every row but the head's, on the meta device."""
    with torch.device("meta"), shapes_only():
        layers, _ = tasks.parse_model(d, ch=3, verbose=False)
        outputs: list[torch.Tensor] = []
        x = torch.zeros(1, 3, 128, 192)
        for layer in list(layers)[:-1]:
            sources = layer.f if isinstance(layer.f, list) else [layer.f]
            given = [x if f == -1 else outputs[f] for f in sources]
            # an Index or a fusion of branches hands on lists; the last one is at the row's own resolution
            x = layer(given if isinstance(layer.f, list) else given[0])
            outputs.append(x)
            into, out = (t[-1] if isinstance(t, tuple) else t for t in (given[-1], x))
            yield type(layer).__name__, into.shape, out.shape


@pytest.mark.parametrize("file", model_files(), ids=lambda file: file.stem)
def test_the_rule_makes_the_shipped_files(file: Path) -> None:
    suffix = file.stem.split("-", 1)[1]
    if suffix in SUFFIXES:
        assert content(derive(file.stem).model) == yaml.safe_load(file.read_text(encoding="utf-8"))


def test_the_twelve_files_of_the_four_families_are_among_them() -> None:
    derived = {f"{family}-{suffix}" for family in ("yolov5", "yolov8", "yolo11", "yolo26") for suffix in SUFFIXES}
    assert derived <= {file.stem for file in model_files()}


@pytest.mark.long
@pytest.mark.parametrize(
    "name", [n if n in SOME else pytest.param(n, marks=pytest.mark.slow) for n in STOCK if n not in PROMPTED]
)
def test_every_change_of_resolution_is_swapped_or_listed(name: str) -> None:
    if "-cls-resnet" in name:
        with pytest.raises(SliceError, match=r"has no row to swap for SliceSamp; what there is: (TorchVision|ResNet)"):
            derive(f"{name}-slice")
        return
    stock = list(resolutions(tasks.yaml_model_load(f"{name}.yaml")))
    changing = {i for i, (_, a, b) in enumerate(stock) if not 0.6 < b[-1] / a[-1] < 1.6}
    for suffix in SUFFIXES if name not in WITHOUT else ["slice"]:
        derivation = derive(f"{name}-{suffix}")
        listed = {r.index for r in derivation.swapped + derivation.left}
        assert listed == {i for i in changing if suffix == "slice" or stock[i][1][-1] > stock[i][2][-1]}
        ours = list(resolutions(derivation.model))
        swapped = {r.index for r in derivation.swapped}
        for i, (a, b) in enumerate(zip(ours, stock, strict=True)):
            assert a[1:] == b[1:], f"row {i}"
            assert (a[0] != b[0]) == (i in swapped), f"row {i}"
        assert {stock[i][0] for i in swapped} <= {"Conv", "Upsample"}
        convolutions = {i for i in changing if stock[i][0] == "Conv"}
        assert convolutions & swapped == {i for i in convolutions if stock[i][1][1] != 3}  # all but those of the image


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_a_model_without_a_row_to_swap_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(SliceError, match=f"{name} has no row to swap for SPDConv; what there is: .* in rows? "):
        tasks.yaml_model_load(f"{name}-spd.yaml")


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ([64, 3, 2], ""),
        ([64, 3, 2, 1], ""),
        ([64, 3, 2, "None"], ""),
        ([64, 3, 2, None, 1, 1, True], ""),
        ([64, 1, 2], "kernel 1 and stride 2 instead of 3 and 2"),
        ([64, 5, 2], "kernel 5 and stride 2 instead of 3 and 2"),
        ([64, 3, 4], "kernel 3 and stride 4 instead of 3 and 2"),
        ([64, 3, 2, 0], "padding of its own"),
        ([64, 3, 2, "None", 64], "groups of its own"),
        ([64, 3, 2, None, 1, 2, False], "dilation and activation of its own"),
    ],
)
def test_a_convolution_that_is_not_the_replaced_layer_is_left(args: list[Any], fault: str) -> None:
    d = {"backbone": [[-1, 1, "Conv", [16, 3, 1]], [-1, 1, "Conv", args]], "head": []}
    assert [(r.index, r.fault) for r in resolution_rows(d)] == [(1, fault)]


def test_other_faults() -> None:
    rows = [
        [-1, 1, "Conv", [16]],
        [-1, 2, "Conv", [16, 3, 2]],
        [-1, 1, "nn.Upsample", ["None", 4, "nearest"]],
        [-1, 1, "nn.Upsample", ["None", 2, "bilinear"]],
        [-1, 1, "nn.MaxPool2d", [2, 1, 0]],
        [-1, 1, "nn.MaxPool2d", [2]],
    ]
    found = [(r.index, r.direction, r.fault) for r in resolution_rows({"backbone": rows, "head": []})]
    assert found == [
        (1, "down", "more than one input or repeat"),
        (2, "up", "not nearest upsampling by 2"),
        (3, "up", "not nearest upsampling by 2"),
        (5, "down", "pools, without weights"),
    ]


def test_the_host_builds_it_by_name_and_says_once_what_was_changed(log: list[str]) -> None:
    inform_once.cache_clear()
    model = YOLO("yolo26n-seg-slice.yaml")
    tasks.yaml_model_load("yolo26n-seg-slice.yaml")  # as the host does when it trains
    assert model.task == "segment"
    assert model.model.yaml["scale"] == "n"
    assert model.model.yaml["yaml_file"] == "yolo26n-seg-slice.yaml"
    types = [type(layer).__name__ for layer in model.model.model]
    assert [i for i, t in enumerate(types) if t == "SliceSamp"] == [1, 3, 5, 7, 17, 20]
    assert [i for i, t in enumerate(types) if t == "SliceUpsamp"] == [11, 14]
    (said,) = (m for m in log if m.startswith("yolo-slice:"))
    assert said == (
        "yolo-slice: yolo26n-seg-slice is yolo26n-seg with SliceSamp in rows 1, 3, 5, 7, 17 and 20, "
        "SliceUpsamp in rows 11 and 14; left as they are: Conv (reads the image) in row 0"
    )


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "scale", "width"),
    [("yolo11n-pose-spd", "n", 32), ("yolo11m-pose-spd", "m", 128), ("yolov9s-spd", "s", 64)],
)
def test_the_letter_chooses_the_scale(name: str, scale: str, width: int) -> None:
    d = tasks.yaml_model_load(f"{name}.yaml")
    assert d["scale"] == scale
    with torch.device("meta"):
        layers, _ = tasks.parse_model(d, 3, verbose=False)
    assert layers[1].conv.conv.out_channels == width


def small_model(folder: Path) -> None:
    rows = [[-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [32, 3, 2]], [-1, 1, "nn.Upsample", [None, 2, "nearest"]]]
    d = {"nc": 2, "scales": {"n": [1, 0.5, 64]}, "backbone": rows, "head": [[-1, 1, "Classify", ["nc"]]]}
    (folder / "mine.yaml").write_text(yaml.safe_dump(d))


def test_every_word_is_a_suffix_that_keeps_channels_and_resolutions(tmp_path: Path) -> None:
    small_model(tmp_path)
    d = tasks.yaml_model_load("mine.yaml")
    rows, stock = whole(d), [(a[1:], b[1:]) for _, a, b in resolutions(copy.deepcopy(d))]
    built = {}
    for word, swap in words():
        if swap.direction == "level":
            continue  # below
        d = tasks.yaml_model_load(f"mine-{word}.yaml")
        at = 1 if swap.direction == "down" else 2
        assert [i for i, (ours, row) in enumerate(zip(whole(d), rows, strict=True)) if ours != row] == [at]
        made = list(resolutions(d))
        assert [(a[1:], b[1:]) for _, a, b in made] == stock, word
        built[word] = made[at][0]
    assert built["hwd"] == "HWD"
    assert {word: built[word] for word in ROWS if word in built} == {
        "spd": "SPDConv",
        "adown": "ADown",
        "k2s2": "Conv",
        "maxpool": "MaxPoolConv",
        "scdown": "SCDown",
        "bilinear": "Upsample",
        "convtranspose": "ConvTranspose2d",
        "pixelshuffle": "PixelShuffleUp",
    }
    assert "spacetodepth" not in built  # it makes four times the channels


@pytest.mark.parametrize("name", ["yolov8n-seg-hwd-dysample", "yolov8n-seg-dysample-hwd", "yolov8n-seg-spd-bilinear"])
def test_two_words_are_for_both_directions(name: str) -> None:
    derivation = derive(name)
    assert derivation.base == "yolov8n-seg"
    down, up = ({derivation.row(r.index)[2] for r in derivation.swapped if r.direction == d} for d in ("down", "up"))
    assert (down, up) == (({"SPDConv"}, {"nn.Upsample"}) if "spd" in name else ({"HWD"}, {"DySample"}))


def test_a_transposed_convolution_names_the_channels_of_what_it_enlarges() -> None:
    derivation = derive("yolov8n-convtranspose")
    assert [derivation.row(i)[3] for i in (10, 13)] == [[1024, 2, 2], [512, 2, 2]]
    derivation = derive("yolov8n-k2s2")
    assert derivation.row(1) == [-1, 1, "Conv", [128, 2, 2, 0]]


def test_channels_that_stand_nowhere_are_said(tmp_path: Path) -> None:
    rows = [[-1, 1, "Conv", [16, 3]], [[-1, 0], 1, "Concat", [1]], [-1, 1, "nn.Upsample", [None, 2, "nearest"]]]
    d = {"nc": 2, "backbone": rows, "head": [[-1, 1, "Classify", ["nc"]]]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(d))
    assert [row[2] for row in whole(derive("mine-eucb").model)] == ["Conv", "Concat", "EUCB", "Classify"]
    with pytest.raises(SliceError, match=r"row 1 \(Concat\): its number of channels does not stand in its row"):
        derive("mine-convtranspose")


def test_two_words_for_one_direction_are_refused() -> None:
    wanted = "hwd and adown are both for rows that go down; a suffix is one block, or one that goes down and one that"
    with pytest.raises(SliceError, match=wanted):
        tasks.yaml_model_load("yolov8n-hwd-adown.yaml")


def test_files_win(tmp_path: Path) -> None:
    own = {"nc": 7, "backbone": [[-1, 1, "Conv", [16, 3, 2]]], "head": [[-1, 1, "Classify", ["nc"]]]}
    (tmp_path / "yolo26-seg-slice.yaml").write_text(yaml.safe_dump(own))
    assert tasks.yaml_model_load("yolo26s-seg-slice.yaml")["nc"] == 7
    assert tasks.yaml_model_load("yolov8n-slice.yaml")["yaml_file"] == "yolov8n-slice.yaml"
    assert Path(checks.check_file("yolov8-slice.yaml")) in model_files()


def test_a_users_own_model_has_derived_ones_too(tmp_path: Path) -> None:
    rows = [[-1, 1, "Conv", [16, 3, 2]], [-1, 1, "Conv", [16, 3, 2]]]
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.yaml").write_text(
        yaml.safe_dump({"nc": 2, "backbone": rows, "head": [[-1, 1, "Classify", ["nc"]]]})
    )
    d = tasks.yaml_model_load("models/mine-spd.yaml")
    assert [row[2] for row in whole(d)] == ["Conv", "SPDConv", "Classify"]
    assert YOLO("models/mine-slicesamp.yaml").task == "classify"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("yolo26n-seg-slyce.yaml", "yolo26n-seg-slice.yaml"),
        ("yollo11-obb-spd.yaml", "yolo11-obb-spd.yaml"),
        ("yolov8x-poze-slicesamp.yaml", "yolov8x-pose-slicesamp.yaml"),
        ("yolov8n-hwt.yaml", "yolov8n-hwd.yaml"),
        ("yolo11s-seg-hwd-disample.yaml", "yolo11s-seg-hwd-dysample.yaml"),
        ("yolo11s-seg-hdw-dysample.yaml", "yolo11s-seg-hwd-dysample.yaml"),
    ],
)
def test_misspelt_names_are_answered_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(FileNotFoundError, match="did you mean ") as error:
        tasks.yaml_model_load(name)
    assert isinstance(error.value, SliceError)
    assert str(error.value) == f"'{name}' does not exist; did you mean {near}?"
    with pytest.raises(FileNotFoundError, match=near):
        derive(name)


def test_names_of_the_hosts_own_are_missed_as_before() -> None:
    for name in ("yolov8-cls-resnet34.yaml", "nope-slice.yaml", "-slice.yaml", "models/yolov8n-seg-slice.yaml"):
        with pytest.raises(FileNotFoundError, match="does not exist") as error:
            tasks.yaml_model_load(name)
        assert not isinstance(error.value, SliceError)


def test_a_derived_model_is_no_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"'yolo26-seg-slice\.yaml' does not exist") as error:
        checks.check_file("yolo26-seg-slice.yaml")
    assert not isinstance(error.value, SliceError)  # no suggestion of the very same name


def test_rows_and_blocks_can_be_chosen() -> None:
    def types(derivation: Derivation) -> dict[int, str]:
        return {r.index: derivation.row(r.index)[2] for r in derivation.swapped}

    assert types(derive("yolo26-seg", "SPDConv", chosen=[3, 1])) == {1: "SPDConv", 3: "SPDConv"}
    assert types(derive("yolo26-seg-slice", "none")) == {11: "SliceUpsamp", 14: "SliceUpsamp"}
    assert types(derive("yolo26-seg-spd", "", "SliceUpsamp", [7, 11])) == {7: "SPDConv", 11: "SliceUpsamp"}
    left = derive("yolo26-seg-slice", chosen=[11]).left
    assert {r.index: r.fault for r in left} == {0: "reads the image"} | dict.fromkeys((1, 3, 5, 7, 14, 17, 20), "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("yolo26-seg",), "which blocks"),
        (("yolo26-slice", "None", "none"), "which blocks"),
        (("yolo26-slice", "SPDConf"), "no block 'SPDConf' that halves the resolution; did you mean SPDConv?"),
        (("yolo26-slice", "SliceUpsamp"), "did you mean SliceSamp"),
        (("yolo26-slice", "hvd"), "no block 'hvd' that halves the resolution; did you mean hwd?"),
        (("yolo26-slice", "", "nearest"), "no block 'nearest' that doubles the resolution; blocks: .*SliceUpsamp"),
        (
            ("yolo26-spd", "", "", [0, 1, 2, 99]),
            r"cannot swap row 0 \(Conv: reads the image\), row 2, row 99; what can be swapped: Conv in rows 1, 3, 5",
        ),
        (("yolo26-spd", "", "", [11]), "cannot swap row 11; what can be swapped: Conv in rows 1"),
    ],
)
def test_a_wrong_choice_is_answered_with_the_right_ones(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(SliceError, match=message):
        derive(*arguments)


@pytest.mark.parametrize(
    "name", ["yolo26n-pose-slice", "yolo11-obb-spd", "yolov9e-slice", "rtdetr-l-slicesamp", "yolov6s-spd"]
)
def test_the_text_is_the_model(name: str, tmp_path: Path) -> None:
    derivation = derive(name)
    text = write_model(derivation, f"yolo-slice yaml {name}")
    assert text.startswith(f"# yolo-slice yaml {name}\n#\n# {name} is ")
    assert max(map(len, text.splitlines())) <= 120
    read = yaml.safe_load(text)
    scale, scales = derivation.model["scale"], derivation.model.get("scales")
    assert read == content(derivation.model) | ({"scales": {scale: scales[scale]}} if scale else {})
    assert list(read) == list(content(derivation.model))
    for r in derivation.swapped:
        assert f"# {r.index}, was {r.row[2]} [" in text
    for r in derivation.left:
        assert f"# {r.index}, left: {r.fault}" in text


def test_command_prints_and_writes_a_file_that_trains_the_named_scale(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["yaml", "yolo11s-slicesamp", "rows=1,3"]) == 0
    printed = capsys.readouterr().out
    assert cli.main(["yaml", "yolo11s-slicesamp", "rows=1,3", "out=mine.yaml"]) == 0
    written = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert written == printed
    assert written.startswith("# yolo-slice yaml yolo11s-slicesamp rows=1,3\n")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.yaml"]
    layers = YOLO("mine.yaml").model.model
    assert [type(layers[i]).__name__ for i in (0, 1, 3, 5)] == ["Conv", "SliceSamp", "SliceSamp", "Conv"]
    assert layers[0].conv.out_channels == 32  # s, not n


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["yaml"], "model= is missing; for example: yolo-slice yaml"),
        (
            ["yaml", "yolo26-slice", "yolo11-slice"],
            "'yolo11-slice' is not a setting; settings are written key=value: ",
        ),
        (["yaml", "yolo26-slice", "rows=x"], "rows=x: expected a whole number"),
        (["yaml", "yolo26-slice", "out=there.yaml"], "there.yaml exists; remove it"),
        (["yaml", "yolo26-slice", "out=there.txt"], "Ultralytics wants a name with .yaml"),
        (["yaml", "yolo26-slice", "out=no/such/folder.yaml"], "out=no/such/folder.yaml: there is no folder no/such"),
        (["yaml", "yolo27-slice"], "model=yolo27-slice: there is no such model file; did you mean yolo26-slice?"),
    ],
)
def test_command_explains_mistakes_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "there.yaml").touch()
    assert cli.main(arguments) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["there.yaml"]


@pytest.mark.parametrize(
    ("text", "told"), [("a: [1, 2\n", "junk.yaml, line 2: not YAML"), ("just words", "is no model file")]
)
def test_a_file_that_is_no_model_is_told_in_one_line(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "junk.yaml").write_text(text)
    assert cli.main(["yaml", f"model={tmp_path / 'junk.yaml'}"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert told in said[0]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("yolov8s-ssb", {4: "C2fSSB", 6: "C2fSSB", 8: "C2fSSB"}),
        ("yolov5n-ssb", {4: "C3SSB", 6: "C3SSB", 8: "C3SSB"}),
        ("yolo11m-seg-ssb", {4: "C3k2SSB", 6: "C3k2SSB", 8: "C3k2SSB"}),
        ("yolov8n-cls-ssb", {4: "C2fSSB", 6: "C2fSSB", 8: "C2fSSB"}),
        ("yolov8n-p6-ssb", {4: "C2fSSB", 6: "C2fSSB", 8: "C2fSSB", 10: "C2fSSB"}),
        ("yolov10s-ssb", {4: "C2fSSB", 6: "C2fSSB"}),
    ],
)
def test_ssb_samples_the_backbone_but_for_its_finest_row(name: str, rows: dict[int, str]) -> None:
    derivation = derive(name)
    assert {r.index: derivation.row(r.index)[2] for r in derivation.swapped} == rows
    for r in derivation.swapped:
        assert derivation.row(r.index)[3] == r.row[3]
    assert [r.fault for r in derivation.left] == ["the finest"]


def test_it_goes_with_words_for_the_other_directions() -> None:
    assert split_stem("yolov8n-seg-hwd-dysample-ssb") == ("yolov8n-seg", "hwd-dysample-ssb")
    derivation = derive("yolov8n-spd-ssb")
    assert {derivation.row(r.index)[2] for r in derivation.swapped} == {"SPDConv", "C2fSSB"}
    assert tasks.yaml_model_load("yolov8n-slice-ssb.yaml")["backbone"][1][2] == "SliceSamp"


def test_a_model_without_such_rows_is_refused() -> None:
    with pytest.raises(SliceError, match="yolov9c has no row to swap for SSB; what there is: nothing"):
        derive("yolov9c-ssb")


@pytest.mark.parametrize(("scale", "c3k"), [("n", False), ("s", False), ("m", True), ("x", True)])
def test_c3k_is_as_ultralytics_has_it_for_the_scale(scale: str, c3k: bool) -> None:
    files = [tasks.yaml_model_load(f"yolo11{scale}{end}.yaml") for end in ("-ssb", "")]
    with torch.device("meta"):
        ours, theirs = (tasks.parse_model(d, 3, verbose=False)[0] for d in files)
    assert any(type(m).__name__ == "C3k" for m in ours[4].modules()) == c3k
    shapes, stock = ({k: v.shape for k, v in m.state_dict().items()} for m in (ours, theirs))
    assert stock.items() <= shapes.items()
