"""The layers of a model, one after the other, exchanged for blocks that are fitted on images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.host.layers import Layer, Site, fold_into_consumers, layer_input, parameter_count, replace_layer
from yolo_slice.transfer.block_fit import (
    Effort,
    Kept,
    fit_slice_samp,
    fit_slice_upsamp,
    strided_pair,
    upsampling_pair,
)
from yolo_slice.transfer.kept_layers import KeptLayers
from yolo_slice.transfer.layer_report import LayerReport
from yolo_slice.transfer.sampled_rows import take_sample

GELU_SCALE = 1.702  # SiLU(z) = 1.702 GELU(z / 1.702) within 0.035, worst at |z| = 3.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the fits of all layers share.

    Attributes:
        teacher: The unchanged model, eval mode.
        student: Its copy, in which layers are exchanged, in network order.
        images: Gives the images anew at every call, (1, 3, H, W) each.
        act: Last activation of SliceSamp where the layer has SiLU: GELU or SiLU.
        effort: How long each block is fitted.
        finished: Where finished layers are kept.
    """

    teacher: Layer
    student: Layer
    images: Callable[[], Iterator[Tensor]]
    act: str
    effort: Effort
    finished: KeptLayers

    def exchange(self, site: Site) -> LayerReport:
        """Exchange a layer of the student; one that an interrupted run has finished is not fitted again."""
        before = parameter_count(self.student.model[site.index])
        act, scale, note = self._last_activation(site)
        block = self._new_block(site, act)
        args = [site.width] if act == "GELU" else [site.width, 3, act]
        report = self.finished.load(site.index, block)
        if report is None:
            kept = self._fit(site, block, scale)
            written = f"{type(block).__name__} {args}"
            params = (before, parameter_count(block))
            report = LayerReport(site.index, written, params, kept.preactivation, kept.output, note)
            self.finished.save(site.index, block, report)
        replace_layer(self.student, site.index, block, args)
        return report

    def _last_activation(self, site: Site) -> tuple[str, float, str]:
        """Choose a block's last activation, what its output must be multiplied by, and a note about both."""
        if site.is_upsampling:
            return "Identity", 1.0, "an approximate start: each pixel sees a quarter of the channels"
        own = type(self.teacher.model[site.index].act).__name__
        if own != "SiLU" or self.act == "SiLU":
            return own, 1.0, ""
        image = next(self.images())
        if fold_into_consumers(self.student, site.index, GELU_SCALE, image):
            return "GELU", GELU_SCALE, ""
        return "SiLU", 1.0, "SiLU last: its output goes where a factor cannot follow"

    def _new_block(self, site: Site, act: str) -> Layer:
        """Build the block without its weights, BatchNorms as the model has them."""
        like = next(m for m in self.student.modules() if isinstance(m, nn.BatchNorm2d))
        if site.is_upsampling:
            channels = layer_input(self.teacher, next(self.images()), site.index).shape[1]
            block: Layer = SliceUpsamp(channels, channels, act=act)
        else:
            conv = self.teacher.model[site.index].conv
            block = SliceSamp(conv.in_channels, conv.out_channels, act=act)
        for module in block.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps, module.momentum = like.eps, like.momentum
        return block.eval().to(like.weight.device)

    def _fit(self, site: Site, block: Layer, scale: float) -> Kept:
        if isinstance(block, SliceUpsamp):
            sample = take_sample(self.images(), upsampling_pair(self.student, self.teacher, site.index))
            return fit_slice_upsamp(block, sample, self.effort)
        pair = strided_pair(self.student, self.teacher, site.index, scale)
        return fit_slice_samp(
            block, self.teacher.model[site.index], take_sample(self.images(), pair), scale, self.effort
        )
