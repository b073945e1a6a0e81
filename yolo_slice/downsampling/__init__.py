"""Down-sampling in any `nn.Module`: replaced, or put around residual branches, as in ResNets and YOLOs."""

from yolo_slice.downsampling.bottlenecks import wrap_bottlenecks
from yolo_slice.downsampling.replacement import Replacement, replace_downsampling

__all__ = ["Replacement", "replace_downsampling", "wrap_bottlenecks"]
