"""Which way of writing the slicing is cheapest? Exact forms side by side, in eager mode and in exported graphs.

`python -m yolo_slice.bench.slicing` prints, for each shape and runtime, the CPU time of a whole block with the slicing
written in each form, as a ratio to the block as shipped. One thread; the forms run interleaved, in random order.
"""

import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from ultralytics.nn.modules import Conv

from yolo_slice.blocks.slice_samp import SliceSamp
from yolo_slice.blocks.slice_upsamp import SliceUpsamp
from yolo_slice.blocks.space_to_depth import depth_to_space, space_to_depth

Form = Callable[[Tensor], Tensor]
ROUNDS, WARM_UP = 40, 5


def down_view(x: Tensor) -> Tensor:
    """Space to depth as one copy of a permuted view."""
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 5, 3, 1, 2, 4).reshape(b, 4 * c, h // 2, w // 2)


def down_view_channels_last(x: Tensor) -> Tensor:
    """Space to depth as one copy of a permuted view, laid out channels last."""
    b, c, h, w = x.shape
    y = x.permute(0, 2, 3, 1).view(b, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 4, 2, 5)
    return y.reshape(b, h // 2, w // 2, 4 * c).permute(0, 3, 1, 2)


def down_pixel_unshuffle(x: Tensor) -> Tensor:
    """Space to depth by torch's operator, its channels then put into slice order."""
    b, c, h, w = x.shape
    y = F.pixel_unshuffle(x, 2).view(b, c, 2, 2, h // 2, w // 2)
    return y.permute(0, 3, 2, 1, 4, 5).reshape(b, 4 * c, h // 2, w // 2)


def up_pixel_shuffle(x: Tensor) -> Tensor:
    """Depth to space by torch's operator, the channels put into its order first."""
    c = x.shape[1]
    return F.pixel_shuffle(x[:, torch.arange(c).view(2, 2, c // 4).permute(2, 1, 0).flatten()], 2)


def up_view(x: Tensor) -> Tensor:
    """Depth to space as one copy of a permuted view."""
    b, c, h, w = x.shape
    return x.view(b, 2, 2, c // 4, h, w).permute(0, 3, 4, 2, 5, 1).reshape(b, c // 4, 2 * h, 2 * w)


def up_view_channels_last(x: Tensor) -> Tensor:
    """Depth to space as one copy of a permuted view, laid out channels last."""
    b, c, h, w = x.shape
    y = x.permute(0, 2, 3, 1).view(b, h, w, 2, 2, c // 4).permute(0, 1, 4, 2, 3, 5)
    return y.reshape(b, 2 * h, 2 * w, c // 4).permute(0, 3, 1, 2)


def up_stack(x: Tensor) -> Tensor:
    """Depth to space by interleaving rows, then columns."""
    a, b, c, d = x.chunk(4, 1)
    left, right = torch.stack((a, b), 3).flatten(2, 3), torch.stack((c, d), 3).flatten(2, 3)
    return torch.stack((left, right), 4).flatten(3, 4)


def up_assign(x: Tensor) -> Tensor:
    """Depth to space by filling zeros slice by slice, as the authors do (ONNX: ScatterND)."""
    b, c, h, w = x.shape
    y = x.new_zeros(b, c // 4, 2 * h, 2 * w)
    for g, part in enumerate(x.chunk(4, 1)):
        y[..., g % 2 :: 2, g // 2 :: 2] = part
    return y


FORMS: dict[str, dict[str, Form]] = {
    "SliceSamp": {
        "shipped (cat)": space_to_depth,
        "view": down_view,
        "view, channels last": down_view_channels_last,
        "pixel_unshuffle": down_pixel_unshuffle,
    },
    "SliceUpsamp": {
        "shipped": depth_to_space,
        "pixel_shuffle": up_pixel_shuffle,
        "view": up_view,
        "view, channels last": up_view_channels_last,
        "stack": up_stack,
        "assign": up_assign,
    },
}
SHAPES = {
    "SliceSamp": [(32, 64, 320), (64, 128, 160), (128, 128, 80), (256, 256, 40)],
    "SliceUpsamp": [(256, 256, 20), (128, 128, 40)],
}


class InContext(nn.Module):
    """A block between two 1x1 convolutions, as in a network, its slicing written in the given form."""

    def __init__(self, block: SliceSamp | SliceUpsamp, form: Form, c1: int, c2: int) -> None:
        super().__init__()
        self.before, self.block, self.after = Conv(c1, c1, 1), block, Conv(c2, c2, 1)
        self.form = form

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.block.pointwise(self.block.depthwise(self.form(self.before(x)))))


def measure(runs: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Run all interleaved in random order; return the median CPU time of each over the first one's."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS + WARM_UP):
        for name in random.sample(list(runs), len(runs)):
            start = time.process_time()
            runs[name]()
            seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(values[WARM_UP:]) for name, values in seconds.items()}
    first = next(iter(medians.values()))
    return {name: value / first for name, value in medians.items()}


def build(block: str, c1: int, c2: int) -> dict[str, InContext]:
    """Build the block with each form of the slicing, all with the same weights."""
    cls = {"SliceSamp": SliceSamp, "SliceUpsamp": SliceUpsamp}[block]
    first = InContext(cls(c1, c2), space_to_depth, c1, c2).eval()
    models = {name: InContext(first.block, form, c1, c2).eval() for name, form in FORMS[block].items()}
    for model in models.values():
        model.load_state_dict(first.state_dict())
    return models


def ratios(block: str, c1: int, c2: int, side: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Measure one block and shape in eager mode (both memory layouts), ONNX Runtime and OpenVINO (f32)."""
    import onnxruntime
    import openvino

    models = build(block, c1, c2)
    image = torch.randn(1, c1, side, side)
    reference = next(iter(models.values()))(image)
    for name, model in models.items():
        torch.testing.assert_close(model(image), reference, msg=f"{name} is not exact")
    yield "eager", measure({n: lambda m=m: m(image) for n, m in models.items()})
    last = image.contiguous(memory_format=torch.channels_last)
    laid = {n: m.to(memory_format=torch.channels_last) for n, m in build(block, c1, c2).items()}
    yield "eager, channels last", measure({n: lambda m=m: m(last) for n, m in laid.items()})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        files = {n: export(m, image, Path(folder) / f"{i}.onnx") for i, (n, m) in enumerate(models.items())}
        sessions = {n: onnxruntime.InferenceSession(f, options) for n, f in files.items()}
        yield "ONNX Runtime", measure({n: lambda s=s: s.run(None, {"x": image.numpy()}) for n, s in sessions.items()})
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
        graphs = {n: openvino.Core().compile_model(f, "CPU", settings) for n, f in files.items()}
        yield "OpenVINO f32", measure({n: lambda g=g: g(image.numpy()) for n, g in graphs.items()})


def export(model: nn.Module, image: Tensor, file: Path) -> Path:
    """Write the model as ONNX, the way Ultralytics does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (image,), str(file), opset_version=17, input_names=["x"], dynamo=False)
    return file


def main() -> None:
    """Print one Markdown table a block."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for block, shapes in SHAPES.items():
        forms = list(FORMS[block])
        print(f"\n| {block} | runtime | {' | '.join(forms)} |\n|{'---|' * (len(forms) + 2)}")
        for c1, c2, side in shapes:
            with torch.inference_mode():
                for runtime, ratio in ratios(block, c1, c2, side):
                    print(f"| {c1}->{c2}@{side} | {runtime} | {' | '.join(f'{r:.2f}' for r in ratio.values())} |")


if __name__ == "__main__":
    main()
