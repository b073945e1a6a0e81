"""Exchanges the layers of a model, one after the other, for blocks that are fitted on images."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from yolo_slice.blocks.arguments import LAST_ACTIVATIONS
from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.exchange import ExchangeableLayer, parameter_count, replace_layer
from yolo_slice.integration.inference.folding import fold_into_consumers
from yolo_slice.integration.inference.layer_run import Layer, layer_input
from yolo_slice.transfer.block_fit import fit_slice_samp, fit_slice_upsamp, strided_pair, upsampling_pair
from yolo_slice.transfer.calibration_images import CalibrationImages
from yolo_slice.transfer.distillation import distil
from yolo_slice.transfer.explained import Explained
from yolo_slice.transfer.layer_report import LayerReport
from yolo_slice.transfer.sampled_rows import sample_moments

DEFAULT_ACT = "GELU"  # of the blocks: a row need not name it
STAGE_RATE = 1e-3  # of learning, for a block and the layers after it
GELU_SCALE = 1.702  # SiLU(z) = 1.702 GELU(z / 1.702) within 0.035, worst at |z| = 3.9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the fits of all layers share.

    Attributes:
        teacher: The unchanged model, eval mode.
        student: Its copy, in which layers are exchanged, in network order.
        images: To fit to and to judge by.
        act: Last activation of SliceSamp where the layer has SiLU: GELU or SiLU.
        rounds: Of alternating least squares, for each block.
        steps: Of gradient descent, for each block and the layers after it.
    """

    teacher: Layer
    student: Layer
    images: CalibrationImages
    act: str
    rounds: int
    steps: int

    def exchange(self, site: ExchangeableLayer, stage: range) -> LayerReport:
        """Exchange a layer of the student, and let it learn together with those that follow it.

        Args:
            site: The layer.
            stage: It and the layers after it, up to the next one to be exchanged.
        """
        before = parameter_count(self.student.model[site.index])
        act, scale, note = self._last_activation(site)
        block = self._new_block(site, act)
        args = [site.width] if act == DEFAULT_ACT else [site.width, 3, act]
        self._fit(site, block, scale)
        r2 = self._judge(site, block, scale)
        replace_layer(self.student, site.index, block, args)
        features = self.distil(stage, self.steps, STAGE_RATE, f"layer {site.index}")
        written, params = f"{type(block).__name__} {args}", (before, parameter_count(block))
        return LayerReport(site.index, written, params, r2, features, note)

    def restore(self, site: ExchangeableLayer, args: list[Any]) -> None:
        """Exchange a layer of the student for the block, without its weights, that `exchange` gave these arguments."""
        replace_layer(self.student, site.index, self._new_block(site, args[2] if args[2:] else DEFAULT_ACT), args)

    def distil(self, layers: range, steps: int, rate: float, name: str) -> tuple[float, float]:
        """Let layers of the student learn; return which share of the features' variance is kept, before and after."""
        return distil(
            self.student,
            self.teacher,
            layers,
            self.images.squares(layers.start),
            self.images.to_judge,
            steps,
            rate,
            f"{name}: distilling",
        )

    def _last_activation(self, site: ExchangeableLayer) -> tuple[str, float, str]:
        """Choose a block's last activation, what its output must be multiplied by, and a note about both."""
        if site.is_upsampling:
            return "Identity", 1.0, "an approximate start: each pixel sees a quarter of the channels"
        own = type(self.teacher.model[site.index].act).__name__
        if own not in LAST_ACTIVATIONS:
            known = ", ".join(LAST_ACTIVATIONS)
            raise SliceError(f"layer {site.index} has {own}; SliceSamp can have {known}: choose other rows=, or to=spd")
        if own != "SiLU" or self.act == "SiLU":
            return own, 1.0, ""
        image = next(self.images.to_fit())
        if fold_into_consumers(self.student, site.index, GELU_SCALE, image):
            return "GELU", GELU_SCALE, ""
        return "SiLU", 1.0, "SiLU last: its output goes where a factor cannot follow"

    def _new_block(self, site: ExchangeableLayer, act: str) -> Layer:
        """Build the block without its weights, BatchNorms as the model has them."""
        like = next(m for m in self.student.modules() if isinstance(m, nn.BatchNorm2d))
        if site.is_upsampling:
            channels = layer_input(self.teacher, next(self.images.to_fit()), site.index).shape[1]
            block: Layer = SliceUpsamp(channels, channels, act=act)
        else:
            conv = self.teacher.model[site.index].conv
            block = SliceSamp(conv.in_channels, conv.out_channels, act=act)
        for module in block.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps, module.momentum = like.eps, like.momentum
        return block.eval().to(like.weight.device)

    def _fit(self, site: ExchangeableLayer, block: Layer, scale: float) -> None:
        index, images = site.index, self.images.to_fit()
        if isinstance(block, SliceUpsamp):
            moments = sample_moments(images, upsampling_pair(self.student, self.teacher, index))
            fit_slice_upsamp(block, moments, self.rounds)
        else:
            moments = sample_moments(images, strided_pair(self.student, self.teacher, index, scale))
            fit_slice_samp(block, self.teacher.model[index], moments, self.rounds)

    def _judge(self, site: ExchangeableLayer, block: Layer, scale: float) -> float:
        """Return the share of the variance of the layer's output that the block keeps."""
        kept, index = Explained(), site.index
        for x in self.images.to_judge():
            wanted = self.teacher.model[index](layer_input(self.teacher, x, index))
            kept.add(wanted, scale * block(layer_input(self.student, x, index)))
        return kept.share()
