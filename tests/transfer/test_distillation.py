"""Distillation of whole models: closer to the teacher, or left as it was."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from ultralytics import YOLO

from yolo_slice.integration.inference.layer_run import kept_outputs
from yolo_slice.transfer import convert_weights
from yolo_slice.transfer.calibration_images import load_images
from yolo_slice.transfer.distillation import centred, distance, distil
from yolo_slice.transfer.random_squares import endless_batches

pytestmark = pytest.mark.long  # all of them convert a model first
CPU = torch.device("cpu")
ALL = range(1, 12)


@pytest.fixture(scope="module")
def pair_of_models(checkpoint: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, ...]:
    out = tmp_path_factory.mktemp("slim") / "out.pt"
    slim = convert_weights(checkpoint, "slicesamp", pictures, out, images=12, steps=0, imgsz=96)
    return slim.model.float().eval(), YOLO(checkpoint).model.float().eval()


def images(pictures: Path) -> Iterator[Tensor]:
    return load_images(sorted(pictures.iterdir())[:4], 96, 32, CPU)


def batches(pictures: Path) -> Iterator[Tensor]:
    return endless_batches(sorted(pictures.iterdir())[4:], 64, CPU, 0)


def share_kept(student: nn.Module, teacher: nn.Module, images: Iterator[Tensor]) -> float:
    """R^2 of all places and images at once, mean over the outputs."""
    pairs = [(kept_outputs(student, x, ALL), kept_outputs(teacher, x, ALL)) for x in images]
    shares = []
    for number in range(len(pairs[0][0])):
        found, wanted = (torch.cat([pair[side][number][0].flatten(1) for pair in pairs], 1) for side in (0, 1))
        shares.append(
            1 - float((found - wanted).square().sum() / (wanted - wanted.mean(1, keepdim=True)).square().sum())
        )
    return sum(shares) / len(shares)


@torch.no_grad()
@pytest.mark.slow
def test_it_comes_closer_and_judges_truly(pair_of_models: tuple[nn.Module, ...], pictures: Path) -> None:
    student, teacher = copy.deepcopy(pair_of_models[0]), pair_of_models[1]
    statistics = [m.running_var.clone() for m in student.modules() if isinstance(m, nn.BatchNorm2d)]
    before, after = distil(student, teacher, ALL, batches(pictures), lambda: images(pictures), 30, 1e-3, "")
    assert before < after < 1
    assert share_kept(student, teacher, images(pictures)) == pytest.approx(after, abs=1e-5)
    assert all(
        torch.equal(a, m.running_var)
        for a, m in zip(statistics, (m for m in student.modules() if isinstance(m, nn.BatchNorm2d)), strict=True)
    )
    assert not any(m._forward_pre_hooks for m in student.modules())


@torch.no_grad()
@pytest.mark.parametrize("rate", [0.3, float("nan")])
def test_a_run_that_loses_changes_nothing(pair_of_models: tuple[nn.Module, ...], pictures: Path, rate: float) -> None:
    student, teacher = copy.deepcopy(pair_of_models[0]), pair_of_models[1]
    before, after = distil(student, teacher, ALL, batches(pictures), lambda: images(pictures), 3, rate, "")
    assert before == after
    for a, b in zip(student.state_dict().values(), pair_of_models[0].state_dict().values(), strict=True):
        assert torch.equal(a, b)


@torch.no_grad()
def test_centring_changes_no_output(pair_of_models: tuple[nn.Module, ...], pictures: Path) -> None:
    student = copy.deepcopy(pair_of_models[0])
    x = next(images(pictures))
    before = student(x)[0]
    with centred(student, student, next(batches(pictures))):
        assert torch.allclose(student(x)[0], before, atol=1e-3)
        block = student.model[1]
        seen = []
        block.pointwise.conv.register_forward_hook(lambda _, given, __: seen.append(given[0]))
        student(x)
        assert seen[0].mean().abs() < 0.5  # about 5 without
    assert torch.allclose(student(x)[0], before, atol=1e-3)


def test_distance_by_hand() -> None:
    wanted = [torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])]
    found = [torch.tensor([1.0, 4.0]), torch.tensor([0.0, 2.0])]
    assert float(distance(found, wanted)) == pytest.approx((0.5 / 2.0 + 0) / 2)


@torch.no_grad()
def test_features_are_the_outputs_that_are_kept(pair_of_models: tuple[nn.Module, ...], pictures: Path) -> None:
    model = pair_of_models[1]
    x = next(images(pictures))
    outputs: dict[int, Tensor] = {}
    handles = [
        layer.register_forward_hook(lambda layer, _, out: outputs.update({layer.i: out})) for layer in model.model[:-1]
    ]
    model(x)
    for handle in handles:
        handle.remove()
    for layers, expected in ((ALL, [4, 5, 8, 11]), (range(3, 5), [4]), (range(1, 3), [2]), (range(5, 9), [5, 8])):
        found = kept_outputs(model, x, layers)
        assert [next(i for i, out in outputs.items() if torch.equal(out, y)) for y in found] == expected


@torch.no_grad()
def test_only_the_layers_learn(pair_of_models: tuple[nn.Module, ...], pictures: Path) -> None:
    student, teacher = copy.deepcopy(pair_of_models[0]), pair_of_models[1]
    distil(student, teacher, range(3, 5), batches(pictures), lambda: images(pictures), 5, 1e-3, "")
    changed = {
        int(name.split(".")[1])
        for (name, a), b in zip(student.named_parameters(), pair_of_models[0].parameters(), strict=True)
        if not torch.equal(a, b)
    }
    assert changed == {3, 4}
    assert [p.requires_grad for p in student.parameters()] == [p.requires_grad for p in pair_of_models[0].parameters()]


@torch.no_grad()
def test_no_steps_only_judge(pair_of_models: tuple[nn.Module, ...], pictures: Path) -> None:
    student, teacher = pair_of_models
    before, after = distil(student, teacher, ALL, iter(()), lambda: images(pictures), 0, 1e-3, "")
    assert before == after < 1
