"""`replace_downsampling`: a model whose strided convolutions, max poolings and patch mergings are blocks."""

import copy
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks import BLOCKS
from yolo_slice.downsampling.fitting import ChannelsLast, CropToEven
from yolo_slice.downsampling.following import remove_what_follows
from yolo_slice.downsampling.observing import Observation, Passage, blank_images, observe
from yolo_slice.downsampling.sites import KINDS, Kind, Site, find_sites
from yolo_slice.errors import SliceError
from yolo_slice.integration.inference.exchange import take_place

MakeBlock = Callable[[int, int], nn.Module]
SIZES = ((64, 64), (75, 65))
PROBES = range(16, 20)  # heights and widths on which a site shows how it rounds, pixels


@dataclass(frozen=True, slots=True)
class Replaced:
    """One replaced module: its name and kind, its channels, and what went with it."""

    name: str
    kind: Kind
    c1: int
    c2: int
    taken_along: tuple[str, ...]

    def __str__(self) -> str:
        along = f", with {', '.join(self.taken_along)}" if self.taken_along else ""
        return f"replaced {self.name} ({self.kind}, {self.c1} -> {self.c2} channels){along}"


@dataclass(frozen=True, slots=True)
class Left:
    """One module that reduces the resolution and stayed: its name, kind, and the reason."""

    name: str
    kind: Kind
    reason: str

    def __str__(self) -> str:
        return f"left {self.name} ({self.kind}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Replacement:
    """The new model, what was replaced in it, and what was left and why; printed, one line for each."""

    model: nn.Module
    replaced: tuple[Replaced, ...]
    left: tuple[Left, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.replaced, *self.left)))


def replace_downsampling(
    model: nn.Module,
    block: str | MakeBlock,
    kinds: Sequence[Kind] = KINDS,
    sizes: Sequence[tuple[int, int]] = SIZES,
) -> Replacement:
    """Copy a model and replace its down-sampling by blocks with random weights; the given model is not touched.

    A strided convolution goes with the BatchNorm and the activation directly after it, where torch.fx can trace them.
    1x1 shortcut convolutions, grouped and dilated ones and those of another stride than 2 are left and reported. The
    blocks have device, dtype and training mode of what they replace; they come from torch's random generator.

    Args:
        model: Any module that takes one batch of images.
        block: Name of a registered block that halves the resolution, or a function of (c1, c2) that makes a module.
        kinds: What to replace: "strided" convolutions, "maxpool", "patch_merging" (channels last, as torchvision's).
        sizes: Heights and widths of the blank images on which the new model must give outputs shaped as the old one's.

    Raises:
        SliceError: If there is nothing to replace, a block does not fit, or a shape differs; with the place.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 1, 2))
        >>> print(replace_downsampling(net, "SliceSamp"))
        replaced 0 (strided, 3 -> 8 channels), with 1, 2
        left 3 (strided): 1x1 shortcut convolution
    """
    make = _block_maker(block)
    _check_kinds(kinds)
    sites = [site for site in find_sites(model) if site.kind in kinds]
    images = blank_images(model, sizes)
    observations = observe(model, [site.name for site in sites], images)
    new, replaced, left = copy.deepcopy(model), [], []
    for site in sites:
        calls = [passage for seen in observations for passage in seen.passages.get(site.name, [])]
        reason = site.reason or _objection_to_calls(site, calls)
        if reason:
            left.append(Left(site.name, site.kind, reason))
        else:
            new, done = _replace(new, site, calls[0], make)
            replaced.append(done)
    if not replaced:
        raise SliceError("\n".join([f"nothing to replace of the kinds {', '.join(kinds)}", *map(str, left)]))
    _check_shapes(observations, observe(new, [done.name for done in replaced], images), sizes)
    return Replacement(new, tuple(replaced), tuple(left))


def _block_maker(block: str | MakeBlock) -> MakeBlock:
    """Return the function (c1, c2) -> module that a block's name stands for."""
    if not isinstance(block, str):
        return block
    halving = [name for name, entry in BLOCKS.items() if entry.scale == 0.5]
    if block not in halving:
        near = difflib.get_close_matches(block, halving, n=1)
        hint = f"did you mean {near[0]}?" if near else f"blocks that do: {', '.join(sorted(halving))}"
        raise SliceError(f"{block!r} is no block that halves the resolution; {hint}")
    return BLOCKS[block].cls


def _check_kinds(kinds: Sequence[str]) -> None:
    if isinstance(kinds, str) or not set(kinds) <= set(KINDS):
        raise SliceError(f"kinds must be some of {KINDS}, not {kinds!r}")


def _objection_to_calls(site: Site, calls: list[Passage]) -> str:
    """Say why a site cannot be replaced that looks replaceable until it is called."""
    if not calls:
        return "not called with one image tensor"
    is_image = all(passage.x.ndim == 4 for passage in calls)
    layout = "(B, H, W, C)" if site.kind == "patch_merging" else "(B, C, H, W)"
    return "" if is_image else f"its input is not {layout}"


def _replace(model: nn.Module, site: Site, call: Passage, make: MakeBlock) -> tuple[nn.Module, Replaced]:
    """Put a block into a site of a model, and take away what belonged to the site's convolution."""
    channel = -1 if site.kind == "patch_merging" else 1
    c1, c2 = call.x.shape[channel], call.y.shape[channel]
    try:
        block = make(c1, c2)
    except ValueError as error:
        raise SliceError(f"{site.name}, {c1} -> {c2} channels: {error}") from error
    block = _fit(block, site, c1)
    like = next(site.module.parameters(), None)
    device = _device(model) if like is None else like.device
    block.to(device, call.y.dtype if like is None else like.dtype).train(site.module.training)
    take_place(site.module, block)
    removed: tuple[str, ...] = ()
    if site.kind == "strided" and not isinstance(site.module, Conv):
        model, removed = remove_what_follows(model, site.name)
    if site.name:
        model.set_submodule(site.name, block)
    return model if site.name else block, Replaced(site.name, site.kind, c1, c2, removed)


def _device(model: nn.Module) -> torch.device:
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def _fit(block: nn.Module, site: Site, c1: int) -> nn.Module:
    """Adapt a block, which rounds odd sizes up, to a site that rounds them down or has its channels last."""
    if site.kind == "patch_merging":
        return ChannelsLast(block)
    probe = copy.deepcopy(site.module).to("meta", torch.float32).eval()
    with torch.no_grad():
        made = [probe(torch.zeros(1, c1, n, n, device="meta")).shape[2:] for n in PROBES]
    if all(tuple(hw) == (-(-n // 2),) * 2 for hw, n in zip(made, PROBES, strict=True)):
        return block
    if all(tuple(hw) == (n // 2,) * 2 for hw, n in zip(made, PROBES, strict=True)):
        return nn.Sequential(CropToEven(), block)
    sizes = ", ".join(f"{n} -> {hw[0]}x{hw[1]}" for hw, n in zip(made, PROBES, strict=True))
    raise SliceError(f"{site.name} ({site.kind}) does not halve heights and widths: {sizes} pixels")


def _check_shapes(before: list[Observation], after: list[Observation], sizes: Sequence[tuple[int, int]]) -> None:
    """Raise SliceError for the first replaced module, or else output, whose shape has changed."""
    for (height, width), old, new in zip(sizes, before, after, strict=True):
        for name, calls in new.passages.items():
            was, made = ([tuple(c.y.shape) for c in seen] for seen in (old.passages[name], calls))
            if was != made:
                raise SliceError(f"{name}: on a {height}x{width} image the output was {was}, with the block {made}")
        if old.output != new.output:
            raise SliceError(f"on a {height}x{width} image the output was {old.output}, with the blocks {new.output}")
