"""Down-sampling replaced in models that are not ours: what goes, what stays; shapes hold, or nothing happens."""

import copy
import io

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from ultralytics.nn.modules import Conv
from ultralytics.nn.tasks import DetectionModel

from yolo_slice import AdaPool2d, SliceSamp, replace_downsampling
from yolo_slice.blocks import BLOCKS, PatchMerging, SPDConv
from yolo_slice.downsampling.fitting import ChannelsLast, CropToEven
from yolo_slice.errors import SliceError


def names(items) -> list[str]:
    return [item.name for item in items]


def resnet18(device: str = "meta") -> nn.Module:
    with torch.device(device):  # on the meta device there are shapes and no numbers
        return torchvision.models.resnet18(weights=None, num_classes=7)


class Plain(nn.Module):
    """A CNN as people write it: activations as functions, one of them behind two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, 2, 1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.pool(self.conv2(x).relu())
        return self.fc(x.mean((2, 3)))


class Dropping(Plain):
    """Its forward differs in training, so a trace of it would not do."""

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.dropout(x, 0.5, self.training)


class Untraceable(Plain):
    def forward(self, x):
        x = self.conv1(x)
        return self.bn1(x if x.sum() > 1e9 else -x)


class Forked(Plain):
    """The convolution's output is used twice, so its BatchNorm is not its own."""

    def forward(self, x):
        x = self.conv1(x)
        return x + self.bn1(x)


def test_resnet_loses_its_strided_convolutions_and_its_pool_and_keeps_its_shortcuts() -> None:
    model = resnet18()
    result = replace_downsampling(model, "SliceSamp")
    assert names(result.replaced) == ["conv1", "maxpool", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"]
    assert [r.kind for r in result.replaced] == ["strided", "maxpool", "strided", "strided", "strided"]
    assert [(r.c1, r.c2) for r in result.replaced] == [(3, 64), (64, 64), (64, 128), (128, 256), (256, 512)]
    assert names(result.left) == [f"layer{i}.0.downsample.0" for i in (2, 3, 4)]
    assert {left.reason for left in result.left} == {"1x1 shortcut convolution"}
    assert result.replaced[0].taken_along == ("bn1", "relu")
    assert all(isinstance(result.model.get_submodule(r.name), SliceSamp) for r in result.replaced)
    assert isinstance(result.model.layer2[0].bn1, nn.Identity)
    assert isinstance(result.model.layer2[1].bn1, nn.BatchNorm2d)


@pytest.mark.long
def test_activation_that_serves_two_places_goes_from_one_of_them_only() -> None:
    """By hand: layer2.0 is relu(bn2(conv2(block(x))) + downsample(x)) afterwards."""
    new = replace_downsampling(resnet18("cpu"), "SliceSamp").model.eval().layer2[0]
    x = torch.randn(2, 64, 10, 12)
    torch.testing.assert_close(new(x), F.relu(new.bn2(new.conv2(new.conv1(x))) + new.downsample(x)))


@pytest.mark.long
def test_what_is_not_replaced_keeps_its_weights_and_its_names() -> None:
    model = resnet18("cpu")
    new = replace_downsampling(model, "SPDConv").model.state_dict()
    kept = [
        key
        for key in model.state_dict()
        if key in new and key.startswith(("layer1", "layer2.1", "layer4.0.conv2", "fc"))
    ]
    assert len(kept) == 39
    assert all(torch.equal(new[key], model.state_dict()[key]) for key in kept)


@pytest.mark.parametrize(
    "name", sorted(name for name, entry in BLOCKS.items() if entry.scale == 0.5 and not entry.quadruples)
)
def test_every_halving_block_replaces_a_max_pool_and_trains(name: str) -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.MaxPool2d(3, 2, 1), nn.Conv2d(8, 4, 1))
    model = replace_downsampling(net, name, kinds=("maxpool",)).model
    assert type(model[1]).__name__ == name
    model.train()(torch.randn(2, 3, 23, 18)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_the_papers_resnet_has_the_papers_parameters() -> None:
    with torch.device("meta"):
        model = torchvision.models.resnet18(weights=None)
    model = replace_downsampling(model, "SliceSamp", kinds=["maxpool"]).model
    assert sum(p.numel() for p in model.parameters()) == 11_708_840


@pytest.mark.long
def test_patch_mergings_of_swin_keep_their_channels_last() -> None:
    model = torchvision.models.swin_t(weights=None)
    result = replace_downsampling(model, "PatchMerging", kinds=("patch_merging",))
    assert names(result.replaced) == ["features.2", "features.4", "features.6"]
    assert [(r.c1, r.c2) for r in result.replaced] == [(96, 192), (192, 384), (384, 768)]
    assert isinstance(result.model.features[2], ChannelsLast)
    for i in (2, 4, 6):  # with the old weights it is the old model
        result.model.features[i].block.load_state_dict(model.features[i].state_dict())
    x = torch.randn(1, 3, 64, 96)
    torch.testing.assert_close(result.model.eval()(x), model.eval()(x), atol=1e-5, rtol=1e-4)


@pytest.mark.long
def test_swins_stem_is_left_because_it_strides_by_4() -> None:
    with torch.device("meta"):
        model = torchvision.models.swin_t(weights=None)
    result = replace_downsampling(model, "SliceSamp")
    assert [(left.name, left.reason) for left in result.left] == [("features.0.0", "stride (4, 4), not 2")]


def test_functional_activations_go_too() -> None:
    torch.manual_seed(0)
    result = replace_downsampling(Plain(), "SliceSamp")
    assert [r.taken_along for r in result.replaced] == [("bn1", "relu in the model"), ("relu in the model",), ()]
    new, x = result.model.eval(), torch.randn(2, 3, 32, 48)
    torch.testing.assert_close(new(x), new.fc(new.pool(new.conv2(new.conv1(x))).mean((2, 3))))


def test_a_forward_that_differs_in_training_is_not_frozen() -> None:
    result = replace_downsampling(Dropping(), "SliceSamp", kinds=("strided",), sizes=[(32, 33)])
    assert result.replaced[0].taken_along == ("bn1",)
    assert isinstance(result.model, Dropping)
    x = torch.randn(1, 3, 16, 16)
    assert not torch.equal(result.model.train()(x), result.model(x))


@pytest.mark.parametrize("cls", [Untraceable, Forked])
def test_batch_norm_stays_where_it_cannot_be_told_whose_it_is(cls: type[nn.Module]) -> None:
    result = replace_downsampling(cls(), "SliceSamp", kinds=("strided",))
    assert result.replaced[0].taken_along == ()
    assert isinstance(result.model.bn1, nn.BatchNorm2d)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (nn.Conv2d(4, 4, 1, 2), "1x1 shortcut convolution"),
        (nn.Conv2d(4, 4, 3, 2, 1, groups=2), "grouped convolution, 2 groups"),
        (nn.Conv2d(4, 4, 3, 2, 2, dilation=2), r"dilated convolution, \(2, 2\)"),
        (nn.Conv2d(4, 4, 4, 4), r"stride \(4, 4\), not 2"),
        (nn.Conv2d(4, 4, 3, (2, 1), 1), r"stride \(2, 1\), not 2"),
        (nn.MaxPool2d(3), r"stride \(3, 3\), not 2"),
        (nn.MaxPool2d(2, dilation=2), "dilated pooling"),
    ],
)
def test_what_cannot_be_replaced_is_named_with_the_reason(layer: nn.Module, reason: str) -> None:
    with pytest.raises(SliceError, match=f"left 1 .*{reason}"):
        replace_downsampling(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), layer), "SliceSamp")


@pytest.mark.parametrize(
    "layer", [nn.MaxPool2d(2), nn.Conv2d(4, 4, 2, 2), nn.Conv2d(4, 4, 4, 2, 1), nn.MaxPool2d(3, 2, 0, ceil_mode=True)]
)
def test_sites_that_round_odd_sizes_down_still_do(layer: nn.Module) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 1), layer)
    new = replace_downsampling(model, "SliceSamp").model
    assert isinstance(new[1][0], CropToEven)
    for size in ((8, 9), (11, 13)):
        assert new(torch.zeros(1, 3, *size)).shape == model(torch.zeros(1, 3, *size)).shape


@pytest.mark.parametrize("layer", [nn.MaxPool2d(3, 2), nn.Conv2d(4, 4, 3, 2), nn.Conv2d(4, 4, 5, 2, 1)])
def test_other_sizes_raise_and_leave_the_model_as_it_was(layer: nn.Module) -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3, 2, 1), layer)
    before = copy.deepcopy(model.state_dict()), str(model)
    with pytest.raises(SliceError, match=r"1 \((maxpool|strided)\) does not halve heights and widths: 16 -> "):
        replace_downsampling(model, "SliceSamp")
    assert str(model) == before[1]
    assert all(torch.equal(model.state_dict()[key], value) for key, value in before[0].items())


def test_a_block_that_changes_shapes_is_refused_with_the_place() -> None:
    with pytest.raises(
        SliceError, match=r"maxpool: on a 64x64 image the output was .*\(1, 64, 16, 16\).* with the block"
    ):
        replace_downsampling(resnet18(), lambda c1, c2: nn.Conv2d(c1, c2, 3, 3), kinds=("maxpool",))
    with pytest.raises(SliceError, match=r"maxpool, 64 -> 64 channels: SpaceToDepth: c2 must be 4 \* c1 = 256"):
        replace_downsampling(resnet18(), "SpaceToDepth", kinds=("maxpool",))


@pytest.mark.long
def test_the_given_model_is_not_touched() -> None:
    model = resnet18("cpu").train()
    before = {key: value.clone() for key, value in model.state_dict().items()}, str(model)
    replace_downsampling(model, "SliceSamp")
    assert str(model) == before[1]
    assert model.training
    assert all(torch.equal(model.state_dict()[key], value) for key, value in before[0].items())
    assert not any(m._forward_hooks for m in model.modules())


def test_dtype_and_training_mode_are_kept_part_by_part() -> None:
    model = resnet18().double().train()
    model.layer3.eval()
    new = replace_downsampling(model, "SliceSamp").model
    assert {p.dtype for p in new.parameters()} == {torch.float64}
    assert new.training
    assert new.layer2[0].conv1.training
    assert not any(m.training for m in new.layer3.modules())
    assert not any(m._forward_hooks for m in new.modules())


def test_device_is_kept() -> None:
    assert {p.device.type for p in replace_downsampling(resnet18(), "SliceSamp").model.parameters()} == {"meta"}


def test_a_function_makes_blocks_that_are_not_registered() -> None:
    new = replace_downsampling(resnet18(), lambda c1, c2: AdaPool2d(3, 2, 1), kinds=("maxpool",)).model
    assert isinstance(new.maxpool, AdaPool2d)


def test_the_model_itself_can_be_the_site() -> None:
    assert isinstance(replace_downsampling(nn.Conv2d(3, 8, 3, 2, 1), "SliceSamp").model, SliceSamp)


def test_one_module_in_two_places_is_left() -> None:
    pool = nn.MaxPool2d(2)
    with pytest.raises(SliceError, match="one module under several names"):
        replace_downsampling(nn.Sequential(nn.Conv2d(3, 4, 1), pool, nn.ReLU(), pool), "SliceSamp")


@pytest.mark.long
def test_blocks_are_not_replaced_again() -> None:
    once = replace_downsampling(resnet18(), "DSConv").model
    with pytest.raises(SliceError, match="nothing to replace"):
        replace_downsampling(once, "SliceSamp")


def test_convolutions_of_the_host_go_whole_and_leave_their_place_in_the_model() -> None:
    model = DetectionModel("yolov8n.yaml", verbose=False)
    result = replace_downsampling(model, "SPDConv", sizes=[(64, 64), (32, 96)])  # what the host takes
    assert names(result.replaced) == [f"model.{i}" for i in (0, 1, 3, 5, 7, 16, 19)]
    layer = result.model.model[3]
    assert isinstance(layer, SPDConv)
    assert (layer.i, layer.f, layer.type) == (3, -1, "yolo_slice.blocks.spd_conv.SPDConv")
    assert layer.np == sum(p.numel() for p in layer.parameters())
    assert sum(p.numel() for p in result.model.parameters()) == pytest.approx(4.886e6, rel=2e-4)  # methods.md, 4a
    assert not isinstance(model.model[3], SPDConv)
    assert isinstance(model.model[3], Conv)


@pytest.mark.long
def test_new_models_are_copied_saved_and_exported_like_others() -> None:
    new, x, file = replace_downsampling(Plain(), "SliceSamp").model.eval(), torch.randn(1, 3, 64, 64), io.BytesIO()
    assert isinstance(new, torch.fx.GraphModule)
    torch.save(new, file)
    file.seek(0)
    for other in (copy.deepcopy(new), torch.load(file, weights_only=False)):
        assert torch.equal(other(x), new(x))
    torch.testing.assert_close(torch.export.export(new, (x,)).module()(x), new(x))


def test_report_says_it_in_lines() -> None:
    lines = str(replace_downsampling(resnet18(), "SliceSamp")).splitlines()
    assert lines[0] == "replaced conv1 (strided, 3 -> 64 channels), with bn1, relu"
    assert lines[2] == "replaced layer2.0.conv1 (strided, 64 -> 128 channels), with layer2.0.bn1, relu in layer2.0"
    assert lines[-1] == "left layer4.0.downsample.0 (strided): 1x1 shortcut convolution"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("SliceSmap",), "'SliceSmap' is no block that halves the resolution; did you mean SliceSamp"),
        (("SliceUpsamp",), "'SliceUpsamp' is no block that halves the resolution"),
        (("SliceSamp", ("strided", "pool")), r"kinds must be some of .*, not \('strided', 'pool'\)"),
        (("SliceSamp", "maxpool"), "kinds must be some of .*, not 'maxpool'"),
        (("SliceSamp", ("patch_merging",)), "nothing to replace of the kinds patch_merging"),
        (("SliceSamp", ("maxpool",), [(1, 0)]), r"does not run on an image of shape \(1, 3, 1, 0\) .* give heights"),
    ],
)
def test_mistakes_are_explained(arguments: tuple, message: str) -> None:
    with pytest.raises(SliceError, match=message):
        replace_downsampling(resnet18(), *arguments)


def test_patch_merging_block_is_no_site() -> None:
    with pytest.raises(SliceError, match="nothing to replace"):
        replace_downsampling(nn.Sequential(nn.Conv2d(3, 4, 1), PatchMerging(4, 8)), "SliceSamp")
