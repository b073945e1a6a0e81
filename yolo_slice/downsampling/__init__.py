"""Down-sampling of any `nn.Module`, replaced: ResNets, Swin Transformers, plain CNNs, models of Ultralytics."""

from yolo_slice.downsampling.replacement import Replacement, replace_downsampling

__all__ = ["Replacement", "replace_downsampling"]
