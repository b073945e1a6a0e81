"""A Swin with UPerNet whose classes depend on the image, without training."""

import torch
from torch import nn
from ultralytics import YOLO


def live_swin(name: str) -> nn.Module:
    """The network of a model file, in eval mode; its norms have seen images, its logits differ from pixel to pixel.

    As a network starts, one class is everywhere, and any exported file would agree.
    """
    torch.manual_seed(0)
    network = YOLO(name).model
    for m in network.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.momentum = 1.0
        if isinstance(m, nn.LayerNorm):
            nn.init.normal_(m.bias, std=0.5)
        if isinstance(m, nn.Linear):
            nn.init.normal_(m.weight, std=0.1)
    with torch.no_grad():
        network.train()(torch.rand(4, 3, 96, 96))
        logits = network.eval()(torch.rand(2, 3, 96, 96))
        last = network.model[-1].classifier[-1]
        last.bias -= logits.mean((0, 2, 3))
    return network
