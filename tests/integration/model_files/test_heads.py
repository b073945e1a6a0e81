"""The head in model files: built by the stock parser, mistakes explained, stock models left alone; scales."""

from typing import Any

import pytest
from torch import nn
from ultralytics.nn import tasks
from ultralytics.nn.tasks import DetectionModel, guess_model_task, yaml_model_load

from yolo_slice.errors import SliceError
from yolo_slice.heads.anchor_detect import AnchorDetect
from yolo_slice.integration.model_files.head_settings import read_loss_settings, wants_autoanchor
from yolo_slice.integration.model_files.heads import borrow_for_head, try_head

STOCK = tasks.parse_model.yolo_slice_stock


def model_dict(**changes: Any) -> dict[str, Any]:
    backbone = [[-1, 1, "Conv", [32, 3, 2]], [-1, 1, "SliceSamp", [64]], [-1, 1, "Conv", [64, 3, 2]]]
    head = [[[1, 2], 1, "AnchorDetect", ["nc", "anchors"]]]
    d = {"nc": 2, "anchors": [[10, 13], [30, 61]], "backbone": backbone, "head": head}
    return {**d, "scales": {"n": [1.0, 0.5, 1024]}, "scale": "n", **changes}


def head_row(*row: Any) -> dict[str, Any]:
    return model_dict(head=[list(row)])


def test_is_built_with_the_inputs_channels_and_the_files_anchors() -> None:
    model = DetectionModel(model_dict(), verbose=False)
    detect = model.model[-1]
    assert isinstance(detect, AnchorDetect)
    assert [conv.in_channels for conv in detect.m] == [32, 32]
    assert detect.anchor_wh.tolist() == [[[10, 13]], [[30, 61]]]
    assert model.stride.tolist() == detect.stride.tolist() == [4, 8]
    assert detect.nc == 2
    assert guess_model_task(model) == guess_model_task(model.yaml) == "detect"
    assert DetectionModel(model_dict(), nc=7, verbose=False).model[-1].nc == 7


def test_works_without_blocks_of_ours_and_with_anchors_in_the_row() -> None:
    d = model_dict(backbone=[[-1, 1, "Conv", [32, 3, 2]]], anchors=None)
    d["head"] = [[[0], 1, "AnchorDetect", ["nc", [[8, 8, 16, 24]]]]]
    assert DetectionModel(d, verbose=False).model[-1].anchor_wh.tolist() == [[[8, 8], [16, 24]]]
    assert d["head"][0][3][0] == "nc"  # the caller's dict is left alone


@pytest.mark.parametrize(
    ("d", "message"),
    [
        (head_row([1, 2], 1, "AnchorDetect", ["nc"]), r"write a list of layers, 1, AnchorDetect, \[nc, anchors\]"),
        (head_row(2, 1, "AnchorDetect", ["nc", "anchors"]), "write a list of layers"),
        (model_dict(anchors=None), "the model file has no anchors"),
        (model_dict(anchors=[[10, 13]]), "widths and heights for each of its 2 levels"),
        (model_dict(anchors=[[10, 13], [-1, 4]]), "positive numbers"),
        (model_dict(loss={"objj": 1}), "no 'objj'; did you mean obj?"),
        (model_dict(loss={"dfl": 1}), "no 'dfl'; it has box, obj, cls, anchor_t"),
        (model_dict(loss={"box": "much"}), "`loss: box` must be a positive number, not 'much'"),
        (model_dict(loss={"box": -1}), "must be a positive number, not -1"),
        (model_dict(loss=3), "`loss` must be like"),
        (model_dict(autoanchor="no"), "`autoanchor` must be true or false, not 'no'"),
        (model_dict(scale="x"), "no scale 'x'; it has n"),
    ],
)
def test_mistakes_are_explained(d: dict[str, Any], message: str) -> None:
    with pytest.raises(SliceError, match=message):
        DetectionModel(d, verbose=False)


def test_a_misspelt_block_is_found_beside_the_head() -> None:
    d = model_dict()
    d["backbone"][2] = [-1, 1, "Cnov", [64, 3, 2]]
    with pytest.raises(SliceError, match="layer 2: unknown block 'Cnov'"):
        DetectionModel(d, verbose=False)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("yolov5x-6.0.yaml", "n, s, m, l"), ("yolov5x-6.0-spd-official.yaml", "n, s, m, l")],
)
def test_a_scale_that_the_file_lacks_is_refused_with_those_it_has(name: str, letters: str) -> None:
    with pytest.raises(SliceError, match=f"{name}: no scale 'x'; it has {letters}$"):
        DetectionModel(name, verbose=False)


def test_a_missing_scale_of_any_file_with_our_blocks_is_refused() -> None:
    d = yaml_model_load("yolov8m-slice.yaml")
    del d["scales"]["m"]
    with pytest.raises(SliceError, match="no scale 'm'; it has n, s, l, x"):
        DetectionModel(d, verbose=False)


def test_stock_models_are_parsed_by_the_stock_parser() -> None:
    d = yaml_model_load("yolov8n.yaml")
    assert borrow_for_head(STOCK, d) == (STOCK, d)
    with pytest.raises(KeyError):  # the host's own error is the host's
        DetectionModel({**d, "scale": "q"}, verbose=False)


def test_a_host_that_treats_the_head_otherwise_is_noticed() -> None:
    assert try_head(STOCK) == ""

    def parse_model(d: dict[str, Any], ch: int, verbose: bool) -> tuple[nn.Sequential, list[int]]:
        layers = STOCK({**d, "head": []}, ch, verbose)[0]
        *_, (source, _, name, args) = d["head"]
        layers.append(globals()[name](args[0], args[1], 16, [8, 16]))  # one more argument than we take
        return layers, source

    globals()["Probe"] = None
    fault = try_head(parse_model)
    assert "builds a head with ('nc'" in fault


def test_settings_of_the_loss_are_the_releases_unless_the_file_says_otherwise() -> None:
    defaults = read_loss_settings({})
    assert (defaults.box, defaults.obj, defaults.cls, defaults.anchor_t) == (0.05, 1.0, 0.5, 4.0)
    assert read_loss_settings({"loss": {"cls": 1, "anchor_t": 3}}).cls == 1
    assert wants_autoanchor({})
    assert not wants_autoanchor({"autoanchor": False})
    for name in ("yolov5s-5.0.yaml", "yolov5s-6.0.yaml"):
        assert read_loss_settings(yaml_model_load(name)) == defaults
