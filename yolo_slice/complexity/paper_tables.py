"""The complexity columns that the papers print, and the models that they describe."""

from collections.abc import Callable
from typing import cast

import torch
from torch import nn
from torchvision.models import resnet18, swin_t

from yolo_slice.blocks.ada_pooling import AdaPool2d
from yolo_slice.blocks.soft_pooling import SoftPool2d
from yolo_slice.complexity.paper_table import Build, PaperRow, PaperTable
from yolo_slice.complexity.ssbnet_tables import SSBNET_TABLES
from yolo_slice.complexity.upernet import SwinUPerNet
from yolo_slice.downsampling import replace_downsampling
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.meta_model import MetaModel
from yolo_slice.paths import find_shipped


def _yolo(scale: str, file: str) -> Build:
    def build() -> nn.Module:
        path = find_shipped(file)
        if path is None:
            raise SliceError(f"{file} is missing from this installation: pip install --force-reinstall yolo-slice")
        return MetaModel(path, scale)

    return build


def _resnet(block: str | Callable[[int, int], nn.Module] | None) -> Build:
    """Make a ResNet-18 whose max pooling is a block."""

    def build() -> nn.Module:
        with torch.device("meta"):
            model = resnet18(weights=None).eval()
        return replace_downsampling(model, block, ("maxpool",)).model if block else model

    return build


def _swin(block: str | None) -> Build:
    """Make a Swin-T with UPerNet whose patch mergings are blocks."""

    def build() -> nn.Module:
        with torch.device("meta"):
            model = swin_t(weights=None)
            model = replace_downsampling(model, block, ("patch_merging",)).model if block else model
            return SwinUPerNet(cast(nn.Sequential, model.features), (96, 192, 384, 768)).eval()

    return build


def _v5(variant: str) -> Build:
    return _yolo("s", f"yolov5-5.0{variant}.yaml")


def _spd_row(scale: str, printed: str, strided: str) -> PaperRow:
    beside = {
        f"strided (paper: {strided} M)": _yolo(scale, "yolov5-6.0.yaml"),
        "text form": _yolo(scale, "yolov5-6.0-spd.yaml"),
    }
    return PaperRow(
        f"YOLOv5-SPD-{scale}", printed, None, _yolo(scale, "yolov5-6.0-spd-official.yaml"), "official layout", beside
    )


_BARE = "pool, then a bare 1x1 convolution: no BatchNorm, no activation"

TABLES = (
    PaperTable(
        "SliceSamp 1",
        "He and Wang 2023, Table 1: ResNet-18 with its max pooling replaced, 224 px",
        "ptflops",
        224,
        False,
        (
            PaperRow("Maxpool", "11.69", "1.82", _resnet(None)),
            PaperRow("Softpool", "11.69", "1.82", _resnet(lambda c1, c2: SoftPool2d(2, ceil_mode=True))),
            PaperRow(
                "Adapool", "11.69", "1.82", _resnet(lambda c1, c2: AdaPool2d(2, ceil_mode=True)), "one beta in all"
            ),
            PaperRow("Patch Merging", "11.71", "1.87", _resnet("PatchMerging"), "256 -> 64 channels"),
            PaperRow("SliceSamp", "11.71", "1.88", _resnet("SliceSamp")),
        ),
    ),
    PaperTable(
        "SliceSamp 2",
        "He and Wang 2023, Table 2: YOLOv5s release 5.0 with six strided convolutions replaced, 640 px, 80 classes",
        "thop",
        640,
        False,
        (
            PaperRow("Strided Conv", "7.28", "17.2", _v5("")),
            PaperRow("Maxpool", "5.23", "12.9", _v5("-maxpool"), _BARE),
            PaperRow("Softpool", "5.23", "12.9", _v5("-softpool"), _BARE),
            PaperRow("Adapool", "5.23", "12.9", _v5("-adapool"), f"{_BARE}; one beta each"),
            PaperRow("Patch Merging", "6.00", "14.6", _v5("-patchmerging"), "no activation"),
            PaperRow("SliceSamp", "6.03", "14.7", _v5("-slicesamp")),
            PaperRow("SliceSamp + SliceUpsamp", "6.06", "14.8", _v5("-slice"), "both neck upsamples"),
        ),
    ),
    PaperTable(
        "SliceSamp 3",
        "He and Wang 2023, Table 3: Swin-T with UPerNet, its patch mergings replaced, 150 classes",
        "mmcv",
        512,
        False,
        (
            PaperRow("Patch Merging", "59.94", "236.1", _swin(None), "512 px, as the text says; the table says 224"),
            PaperRow("Maxpool", "58.78", "235.4", _swin("MaxPoolConv"), f"512 px; {_BARE}"),
            PaperRow("Softpool", "58.78", "235.4", _swin("SoftPool"), f"512 px; {_BARE}"),
            PaperRow("Adapool", "58.78", "235.4", _swin("AdaPool"), f"512 px; {_BARE}"),
            PaperRow("SliceSamp", "59.97", "236.1", _swin("SliceSamp"), "512 px"),
        ),
    ),
    PaperTable(
        "SliceSamp 4",
        "He and Wang 2023, Table 4: the parts of SliceSamp, in the model of Table 2, where rows of both are listed",
        "thop",
        640,
        False,
        (
            PaperRow("Slicing", "6.00", "14.5", _v5("-slicing"), "1x1 convolution, BatchNorm, SiLU"),
            PaperRow("DSConv", "5.24", "13.0", _v5("-dsconv")),
            PaperRow(
                "SlicingConv3x3",
                "15.50",
                "33.0",
                _v5("-slicingconv3x3-paper"),
                "inferred: both lateral 1x1 convolutions made 3x3 as well",
                {"without that": _v5("-slicingconv3x3")},
            ),
        ),
    ),
    PaperTable(
        "SPD-Conv",
        "Sunkara and Luo 2022: YOLOv5 release 6.0, 80 classes; the paper prints no GFLOPs, ours are for 640 px",
        "conv",
        640,
        True,
        (
            _spd_row("n", "2.2", "1.9"),
            _spd_row("s", "8.7", "7.2"),
            _spd_row("m", "24.6", "21.2"),
            _spd_row("l", "52.7", "46.5"),
        ),
    ),
    *SSBNET_TABLES,
)
