"""torchvision's Mask R-CNN with a ResNet-D of timm whose bottlenecks sample by saliency (Kwan and Song 2022, Table 3).

    pip install 'yolo-slice[timm]'
    python examples/mask_rcnn_ssb.py                                    # ResNet-D-50, drawn images, a step on a CPU
    python examples/mask_rcnn_ssb.py --backbone resnet101d --pretrained --steps 100 --device cuda

It builds the network, says what it costs with and without sampling, and trains it on drawn rectangles: a start for your
own data, and no reproduction of the paper's AP, which needs COCO and days on accelerators. Give your own loader of
(images, targets), as torchvision's detection references have it, in the place of `draw`.
"""

import argparse
from collections.abc import Sequence

import timm
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN

from yolo_slice import wrap_bottlenecks

CLASSES = 91  # COCO's, with the background


def build(backbone: nn.Module, imgsz: int) -> MaskRCNN:
    """Put a ResNet of timm under a feature pyramid and Mask R-CNN's heads."""
    widths = [backbone.get_submodule(f"layer{i}")[-1].conv1.in_channels for i in (1, 2, 3, 4)]
    layers = {f"layer{i}": str(i - 1) for i in (1, 2, 3, 4)}
    return MaskRCNN(BackboneWithFPN(backbone, layers, widths, 256), CLASSES, min_size=imgsz, max_size=imgsz)


def count(backbone: nn.Module, imgsz: int) -> tuple[float, float]:
    """Return the millions of parameters of a backbone, and its GMACs on one image, the sampling included."""
    features = nn.Sequential(*(m for name, m in backbone.named_children() if name not in ("global_pool", "fc")))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        features.eval()(torch.zeros(1, 3, imgsz, imgsz))
    return sum(p.numel() for p in features.parameters()) / 1e6, counter.get_total_flops() / 2e9


def draw(imgsz: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
    """Draw an image with one bright rectangle, its box and its mask."""
    x, y = torch.randint(0, imgsz // 2, (2,), generator=generator).tolist()
    w, h = torch.randint(imgsz // 4, imgsz // 2, (2,), generator=generator).tolist()
    image = 0.3 * torch.rand(3, imgsz, imgsz, generator=generator)
    mask = torch.zeros(1, imgsz, imgsz, dtype=torch.uint8)
    image[:, y : y + h, x : x + w] += 0.6
    mask[:, y : y + h, x : x + w] = 1
    return image, {"boxes": torch.tensor([[x, y, x + w, y + h]]).float(), "labels": torch.tensor([1]), "masks": mask}


def main(arguments: Sequence[str] | None = None) -> float:
    """Build, count and train; return the last loss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="resnet50d", help="a ResNet of timm")
    parser.add_argument("--pretrained", action="store_true", help="start from timm's weights, which are downloaded")
    parser.add_argument("--imgsz", type=int, default=256, help="side of the images, pixels")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    settings = parser.parse_args(arguments)
    torch.manual_seed(0)
    stock = timm.create_model(settings.backbone, pretrained=settings.pretrained)
    sampled = wrap_bottlenecks(stock)
    for name, backbone in (("stock", stock), ("sampled", sampled)):
        params, gmacs = count(backbone, settings.imgsz)
        print(f"{name} {settings.backbone}: {params:.3f} M parameters, {gmacs:.2f} GMAC at {settings.imgsz} px")
    model = build(sampled, settings.imgsz).train().to(settings.device)
    print(f"Mask R-CNN: {sum(p.numel() for p in model.parameters()) / 1e6:.3f} M parameters")
    optimizer = torch.optim.SGD(model.parameters(), 0.005, momentum=0.9, weight_decay=1e-4)
    generator, loss = torch.Generator().manual_seed(0), torch.tensor(float("nan"))
    for step in range(settings.steps):
        images, targets = zip(*(draw(settings.imgsz, generator) for _ in range(2)), strict=True)
        losses = model(
            [image.to(settings.device) for image in images],
            [{key: value.to(settings.device) for key, value in target.items()} for target in targets],
        )
        loss = sum(losses.values(), torch.zeros((), device=settings.device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"step {step}: " + ", ".join(f"{key} {value.item():.3f}" for key, value in losses.items()))
    return loss.item()


if __name__ == "__main__":
    main()
