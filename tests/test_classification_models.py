"""The model files of ResNets: the papers' parameters, torchvision's function, one row that differs."""

import re

import pytest
import torch
import torchvision
import yaml
from torch import nn
from ultralytics.nn.modules import Classify, Conv
from ultralytics.nn.tasks import ClassificationModel, guess_model_task, yaml_model_load

from yolo_slice.errors import SliceError
from yolo_slice.paths import model_files
from yolo_slice.transfer import load_resnet

FILES = {file.stem: file for file in model_files("classify")}
# With the file's number of classes. SliceSamp's Table 1 prints 11.69, 11.69, 11.69, 11.71 and 11.71 M; SPD-Conv prints
# none, so these two were counted in a transcription of its residual blocks.
PARAMETERS = {
    "resnet18-maxpool-cls": 11_689_512,  # torchvision's resnet18
    "resnet18-softpool-cls": 11_689_512,
    "resnet18-adapool-cls": 11_689_513,
    "resnet18-patchmerging-cls": 11_706_408,
    "resnet18-slicesamp-cls": 11_708_840,
    "resnet18-spd-cls": 20_565_576,
    "resnet50-spd-cls": 27_654_026,
}
PAPER = [stem for stem in PARAMETERS if "spd" not in stem]
NO_NORMALISATION = {"mean": (0, 0, 0), "std": (1, 1, 1)}


def build(stem: str, nc: int | None = None) -> ClassificationModel:
    torch.manual_seed(0)
    return ClassificationModel(f"{stem}.yaml", nc=nc, verbose=False).eval()


def resnet(make: object) -> nn.Module:
    """A ResNet of torchvision whose BatchNorms have seen images, in eval mode."""
    torch.manual_seed(1)
    model = make(weights=None)
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.0)
            nn.init.normal_(m.bias, std=0.1)
            nn.init.normal_(m.running_mean, std=0.1)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return model.eval()


@pytest.mark.parametrize("stem", PARAMETERS)
def test_has_the_papers_parameters(stem: str) -> None:
    assert FILES.keys() == PARAMETERS.keys()
    before = Conv.default_act
    with torch.device("meta"):
        model = ClassificationModel(f"{stem}.yaml", verbose=False)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[stem]
    assert {type(m.act) for m in model.modules() if isinstance(m, Conv)} <= {nn.ReLU, nn.Identity, nn.GELU}
    assert Conv.default_act is before  # `activation:` is the file's alone, on every Ultralytics
    assert guess_model_task(model) == guess_model_task(model.yaml) == "classify"
    assert isinstance(model.model[-1], Classify)


@pytest.mark.parametrize("stem", PARAMETERS)
def test_header_says_the_parameters_and_a_command_with_its_own_name(stem: str) -> None:
    text = FILES[stem].read_text(encoding="utf-8")
    stated = re.search(r"(?m)^# Parameters \((\d+) classes\): ([\d,]+)$", text)
    assert stated
    assert (int(stated[1]), int(stated[2].replace(",", ""))) == (yaml.safe_load(text)["nc"], PARAMETERS[stem])
    assert f"#     yolo classify train model={stem}.yaml data=" in text


def test_the_papers_files_differ_in_the_down_sampling_row_only() -> None:
    loaded = [yaml.safe_load(FILES[stem].read_text(encoding="utf-8")) for stem in PAPER]
    downs = [d["backbone"].pop(1)[2] for d in loaded]
    assert all(d == loaded[0] for d in loaded)
    assert downs == ["nn.MaxPool2d", "SoftPool2d", "AdaPool2d", "PatchMerging", "SliceSamp"]


@torch.no_grad()
def test_with_torchvisions_weights_it_is_torchvisions_function() -> None:
    theirs, ours = resnet(torchvision.models.resnet18), build("resnet18-maxpool-cls")
    assert load_resnet(ours, theirs, **NO_NORMALISATION) == []
    x = torch.rand(2, 3, 65, 33)
    torch.testing.assert_close(ours(x)[1], theirs(x), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours(x)[0], theirs(x).softmax(1))


@torch.no_grad()
def test_the_stem_normalises_images_of_values_0_to_1() -> None:
    theirs, ours = resnet(torchvision.models.resnet18), build("resnet18-slicesamp-cls")
    left = load_resnet(ours, theirs)
    assert {name.partition(".")[0] for name in left} == {"1"}  # SliceSamp is not in it
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    x = torch.rand(1, 3, 32, 32)
    wanted = theirs.bn1(theirs.conv1((x - mean) / std)).relu()
    inside = (..., slice(2, -2), slice(2, -2))  # without what sees the padding
    torch.testing.assert_close(ours.model[0](x)[inside], wanted[inside], atol=1e-4, rtol=1e-4)


def test_what_fits_of_resnet50_goes_into_the_spd_model() -> None:
    with torch.device("meta"):
        theirs = torchvision.models.resnet50(weights=None)
        ours = ClassificationModel("resnet50-spd-cls.yaml", verbose=False)
    theirs, ours.model = theirs.to_empty(device="cpu"), ours.model.to_empty(device="cpu")
    for i, tensor in enumerate(theirs.state_dict().values()):
        tensor.fill_(i)
    left = load_resnet(ours, theirs.state_dict())
    state, source = ours.model.state_dict(), theirs.state_dict()
    assert torch.equal(state["3.layer.2.cv2.conv.weight"], source["layer2.3.conv2.weight"])
    assert torch.equal(state["4.shortcut.conv.weight"], source["layer3.0.downsample.0.weight"])
    assert torch.equal(state["4.cv2.weight"], source["layer3.0.conv2.weight"])
    modules = dict.fromkeys(name.rpartition(".")[0] for name in left)
    sliced = [part for i in (2, 4, 6) for part in (f"{i}.bn", f"{i}.cv3.conv")]
    assert [*modules] == ["0.conv.conv", "0.conv.bn", *sliced, "8.linear"]


def test_weights_of_something_else_are_refused() -> None:
    model = build("resnet18-maxpool-cls", nc=3)
    with pytest.raises(SliceError, match="the weights are of 16 residual blocks, the model has 8"):
        load_resnet(model, torchvision.models.resnet34(weights=None))
    with pytest.raises(SliceError, match=r"expected layer1.0.conv1.weight; found 0.weight, 0.bias"):
        load_resnet(model, nn.Sequential(nn.Linear(2, 2)))
    with pytest.raises(SliceError, match="the weights are of basic blocks, the model has bottlenecks"):
        load_resnet(build("resnet50-spd-cls"), torchvision.models.resnet34(weights=None))
    with pytest.raises(SliceError, match="expected a network or its state dict, got 'resnet18'"):
        load_resnet(model, "resnet18")
    theirs = torchvision.models.resnet18(weights=None)
    with pytest.raises(SliceError, match=r"std must be three positive numbers, red, green and blue; got \(0, 1, 1\)"):
        load_resnet(model, theirs, std=(0, 1, 1))
    with pytest.raises(SliceError, match=r"mean must be three numbers, red, green and blue; got \(0, 1\)"):
        load_resnet(model, theirs, mean=(0, 1))
    with pytest.raises(SliceError, match="expected a model of a model file, not Linear"):
        load_resnet(nn.Linear(2, 2), {})


def test_names_with_a_slip_are_answered_with_the_right_one() -> None:
    with pytest.raises(SliceError, match=r"did you mean resnet18-slicesamp-cls.yaml\?"):
        yaml_model_load("resnet18-slicesmap-cls.yaml")


def test_stock_head_and_ours_are_not_in_one_file() -> None:
    d = {"nc": 2, "backbone": [[-1, 1, "Classify", [8]]], "head": [[-1, 1, "Classifier", ["nc"]]]}
    with pytest.raises(SliceError, match="Classify and Classifier cannot be in one model file"):
        ClassificationModel(d, verbose=False)


@pytest.mark.parametrize("nc", [1, 3, 10])
def test_classes_are_neither_rounded_nor_scaled(nc: int) -> None:
    d = {"scales": {"n": [1, 0.5, 64]}, "scale": "n", "nc": nc, "backbone": [[-1, 1, "BasicBlock", [16]]]}
    model = ClassificationModel({**d, "head": [[-1, 1, "Classifier", ["nc"]]]}, verbose=False)
    assert model.model[-1].linear.weight.shape == (nc, 8)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([-1, 1, "SoftPool2d", [0]], r"layer 0, .*: SoftPool2d: k must be a positive integer, not 0"),
        ([-1, 1, "AdaPool2d", [2, 2, 0, False, 1]], r"layer 0, .*too many .*; expected AdaPool2d \[k=2, s=None, p=0, "),
        ([[-1], 1, "SoftPool2d", [2]], "layer 0, .*: SoftPool2d takes one input"),
        ([-1, 1, "SoftPoll2d", [2]], "layer 0: unknown block 'SoftPoll2d'; did you mean SoftPool"),
        ([-1, 2, "SPDBottleneck", [64]], "layer 0, .*: SPDBottleneck changes the resolution, so repeats must be 1"),
    ],
)
def test_mistakes_in_rows_are_told_with_the_row(row: list, message: str) -> None:
    d = {"nc": 2, "backbone": [row], "head": [[-1, 1, "Classifier", ["nc"]]]}
    with pytest.raises(SliceError, match=message):
        ClassificationModel(d, verbose=False)


@pytest.mark.parametrize("head", [[-1, 1, "Classifier", []], [[-1], 1, "Classifier", ["nc"]]])
def test_a_wrong_row_of_the_head_is_told_what_it_should_be(head: list) -> None:
    with pytest.raises(SliceError, match=r"as in \[-1, 1, Classifier, \[nc\]\]"):
        ClassificationModel({"nc": 2, "backbone": [[-1, 1, "Conv", [8, 3, 2]]], "head": [head]}, verbose=False)
