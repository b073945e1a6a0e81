"""Conversion of whole checkpoints: exact ones are, fitted ones come close, and all are ordinary checkpoints."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from small_detector import MODEL, STRIDED, UPSAMPLE, randomise
from torch import Tensor
from ultralytics import YOLO

from yolo_slice import SliceSamp, SliceUpsamp, SPDConv
from yolo_slice.blocks import slice_samp, slice_upsamp
from yolo_slice.cli import main
from yolo_slice.errors import SliceError
from yolo_slice.integration import log
from yolo_slice.integration.inference.exchange import row_of
from yolo_slice.integration.weights.checkpoints import save_checkpoint
from yolo_slice.transfer import calibration, convert_weights, image_choice
from yolo_slice.transfer.calibration import Calibration
from yolo_slice.transfer.calibration_images import load_images
from yolo_slice.write_lock import only_writer

FAST: dict[str, Any] = {"images": 12, "steps": 6, "distil": 3, "imgsz": 96}


def raw(yolo: YOLO, x: Tensor) -> Tensor:
    with torch.no_grad():
        return copy.deepcopy(yolo.model).to(x.dtype).eval()(x)[0]


@pytest.mark.long
@pytest.mark.parametrize(("to", "k"), [("spd", 3), ("spd2x2", 2)])
@pytest.mark.parametrize("stem", [False, True])
def test_spd_is_exact_also_at_odd_sizes_inside(checkpoint: Path, tmp_path: Path, to: Any, k: int, stem: bool) -> None:
    slim = convert_weights(checkpoint, to, out=tmp_path / "out.pt", stem=stem)
    stock = YOLO(checkpoint)
    for size in ((64, 96), (32, 160)):
        x = torch.rand(2, 3, *size, dtype=torch.float64)
        assert torch.allclose(raw(slim, x), raw(stock, x), rtol=0, atol=1e-9)
        assert torch.allclose(raw(slim, x.float()), raw(stock, x.float()), rtol=0, atol=1e-2)
    for index in (0, *STRIDED) if stem else STRIDED:
        layer = slim.model.model[index]
        assert isinstance(layer, SPDConv)
        assert layer.conv.conv.kernel_size == (k, k)
    assert isinstance(slim.model.model[0], SPDConv) == stem


class TensorQuantizer(torch.nn.Identity):
    """What training with quantize=8 puts before each convolution, by its name."""


def test_a_model_trained_in_8_bits_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    trained = YOLO(checkpoint)
    trained.model.model[1].conv.input_quantizer = TensorQuantizer()
    with pytest.raises(SliceError, match=r"^model=.*\.pt: trained with quantize=8, .* give the checkpoint from before"):
        convert_weights(trained, "spd", out=tmp_path / "out.pt")
    save_checkpoint(trained, trained.model, {}, tmp_path / "trained.pt")
    with pytest.raises(SliceError, match=r"^model=.*trained\.pt: trained with quantize=8"):
        convert_weights(tmp_path / "trained.pt", "spd", out=tmp_path / "out.pt")
    assert not (tmp_path / "out.pt").exists()


@pytest.mark.parametrize(("act", "expected"), [("GELU", torch.nn.GELU), ("SiLU", torch.nn.SiLU)])
@pytest.mark.slow
def test_slicesamp_comes_close_without_labels(
    checkpoint: Path, pictures: Path, tmp_path: Path, act: Any, expected: type
) -> None:
    slim = convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "out.pt", act=act, **FAST | {"steps": 30})
    stock, untrained = YOLO(checkpoint), copy.deepcopy(slim)
    for index in STRIDED:
        layer = slim.model.model[index]
        assert isinstance(layer, SliceSamp)
        assert isinstance(layer.pointwise.act, expected)
        torch.manual_seed(0)
        fresh = SliceSamp(layer.depthwise.conv.in_channels // 4, layer.pointwise.conv.out_channels, act=act)
        untrained.model.model[index].load_state_dict(fresh.state_dict())
    x = next(iter(calibration_like(pictures)))
    wanted = raw(stock, x)
    error, error_untrained = ((raw(y, x) - wanted).square().mean() for y in (slim, untrained))
    assert error < 0.5 * error_untrained
    facts = slim.ckpt["conversion"]
    assert [layer["index"] for layer in facts["layers"]] == list(STRIDED)
    kept = [layer["r2_features"] for layer in facts["layers"]]
    assert all(0 < before <= after < 1 for before, after in kept)
    assert any(before < after for before, after in kept)


@pytest.mark.long
@pytest.mark.parametrize("act", [pytest.param("GELU", marks=pytest.mark.slow), "SiLU"])
@torch.no_grad()
def test_what_is_said_to_be_kept_is_kept(checkpoint: Path, pictures: Path, tmp_path: Path, act: Any) -> None:
    """Every layer against the original's, from outputs alone; after GELU, which the next weights make up for."""
    settings = FAST | {"images": 16, "steps": 0, "distil": 0}
    slim = convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "out.pt", act=act, **settings)
    student, teacher = slim.model.float().eval(), YOLO(checkpoint).model.float().eval()
    to_judge = list(load_images(sorted(pictures.iterdir())[::8], 96, 32, torch.device("cpu")))
    factor = 1.702 if act == "GELU" else 1.0
    for layer in slim.ckpt["conversion"]["layers"]:
        outputs = []
        for model in (teacher, student):
            seen: list[Tensor] = []
            handle = model.model[layer["index"]].register_forward_hook(lambda _, __, out, seen=seen: seen.append(out))
            for x in to_judge:
                model(x)
            handle.remove()
            outputs.append(torch.cat([y.flatten(2) for y in seen], 2)[0])
        wanted, found = outputs[0], outputs[1] * factor
        direct = 1 - (wanted - found).square().sum() / (wanted - wanted.mean(1, keepdim=True)).square().sum()
        assert layer["r2_output"] == pytest.approx(float(direct), abs=1e-3)
        assert direct > 0.3
        before, after = layer["r2_features"]
        assert before == after  # no steps


@pytest.mark.long
@pytest.mark.parametrize("act", ["ReLU", "LeakyReLU"])
def test_other_activations_stay_or_are_refused(pictures: Path, tmp_path: Path, act: str) -> None:
    (tmp_path / "othern.yaml").write_text(MODEL.replace("nc: 3", f"nc: 3\nactivation: torch.nn.{act}()"))
    yolo = YOLO(tmp_path / "othern.yaml", task="detect")
    yolo.ckpt = {"train_args": {}}
    randomise(yolo.model)
    yolo.save(tmp_path / "other.pt")
    if act == "ReLU":
        slim = convert_weights(tmp_path / "other.pt", "slicesamp", pictures, tmp_path / "out.pt", rows=(1,), **FAST)
        assert type(slim.model.model[1].pointwise.act) is torch.nn.ReLU
        assert slim.ckpt["conversion"]["layers"][0]["r2_output"] > 0.3
        return
    with pytest.raises(SliceError, match="layer 1 has LeakyReLU; SliceSamp can have GELU, SiLU, ReLU, Identity"):
        convert_weights(tmp_path / "other.pt", "slicesamp", pictures, tmp_path / "out.pt", **FAST)
    assert not (tmp_path / "out.pt").exists()


@pytest.mark.long
def test_blocks_own_start_does_not_count(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted = []
    for name in ("linear", "paper"):
        slim = convert_weights(checkpoint, "slice", pictures, tmp_path / f"{name}.pt", **FAST)
        converted.append(slim.model.state_dict())
        monkeypatch.setattr(slice_samp, "start_as_strided", lambda *_: None)
        monkeypatch.setattr(slice_upsamp, "start_nearly_linear", lambda *_: None)
    assert all(torch.equal(a, b) for a, b in zip(*(c.values() for c in converted), strict=True))


def calibration_like(pictures: Path) -> Any:
    return load_images(sorted(pictures.iterdir())[:3], 96, 32, torch.device("cpu"))


def test_parameters_are_counted_before_and_after(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "inform", lines.append)
    slim = convert_weights(checkpoint, "spd2x2", out=tmp_path / "out.pt")
    before, after = (sum(p.numel() for p in y.model.parameters()) for y in (YOLO(checkpoint), slim))
    assert before < after
    assert lines[0].startswith(f"{before:,} -> {after:,} parameters\n")


@pytest.mark.long
def test_slice_changes_upsampling_too_and_says_what_it_is(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    slim = convert_weights(checkpoint, "slice", pictures, tmp_path / "out.pt", **FAST | {"steps": 0, "distil": 0})
    assert isinstance(slim.model.model[UPSAMPLE], SliceUpsamp)
    note = next(r["note"] for r in slim.ckpt["conversion"]["layers"] if r["index"] == UPSAMPLE)
    assert note.startswith("an approximate start")


@pytest.mark.parametrize(
    "to", ["spd", "spd2x2", *(pytest.param(to, marks=pytest.mark.slow) for to in ("slicesamp", "slice"))]
)
def test_the_model_file_inside_says_what_the_model_is(
    checkpoint: Path, pictures: Path, tmp_path: Path, to: Any
) -> None:
    """The host's trainer builds a new model from the file and loads the weights into it: all must fit."""
    slim = convert_weights(checkpoint, to, pictures, tmp_path / f"{to}.pt", **FAST)
    rebuilt = type(slim.model)(slim.model.yaml, verbose=False)
    assert {k: v.shape for k, v in rebuilt.state_dict().items()} == {
        k: v.shape for k, v in slim.model.state_dict().items()
    }
    rebuilt.load_state_dict(slim.model.float().state_dict())
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.allclose(rebuilt.eval()(x)[0], slim.model.eval()(x)[0], atol=1e-5)
    assert row_of(slim.model, 1)[2] in ("SPDConv", "SliceSamp")


@pytest.mark.slow
def test_the_same_call_gives_the_same_model(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    one, two = (
        convert_weights(checkpoint, "slicesamp", pictures, tmp_path / name, **FAST) for name in ("1.pt", "2.pt")
    )
    for a, b in zip(one.model.state_dict().values(), two.model.state_dict().values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.slow
def test_an_interrupted_conversion_goes_on(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "whole.pt", **FAST)
    fit, fitted = calibration.fit_slice_samp, []

    def fit_two(*args: Any) -> Any:
        if len(fitted) == 2:
            raise KeyboardInterrupt
        fitted.append(args)
        return fit(*args)

    out = tmp_path / "out.pt"
    monkeypatch.setattr(calibration, "fit_slice_samp", fit_two)
    with pytest.raises(KeyboardInterrupt):
        convert_weights(checkpoint, "slicesamp", pictures, out, **FAST)
    assert not out.exists()
    assert (tmp_path / "out.unfinished").is_file()
    fitted.clear()
    resumed = convert_weights(checkpoint, "slicesamp", pictures, out, **FAST)
    assert len(fitted) == 2
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.pt", "whole.pt"]
    for a, b in zip(resumed.model.state_dict().values(), whole.model.state_dict().values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.long
def test_a_stage_reaches_to_the_next_changed_layer(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[range, int, float]] = []

    def note(_: Calibration, layers: range, steps: int, rate: float, __: str) -> tuple[float, float]:
        calls.append((layers, steps, rate))
        return 0.0, 0.0

    monkeypatch.setattr(Calibration, "distil", note)
    convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "out.pt", **FAST)
    stages = [(layers, steps) for layers, steps, _ in calls]
    assert stages == [*((range(a, b), 6) for a, b in ((1, 3), (3, 5), (5, 9), (9, 12))), (range(1, 12), 3)]
    assert calls[0][2] > calls[-1][2]


@pytest.mark.long
@pytest.mark.parametrize("other", ["seed", pytest.param("weights", marks=pytest.mark.slow)])
def test_what_was_kept_for_others_is_not_used(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    def stop_at_the_end(_: Calibration, __: range, ___: int, ____: float, name: str) -> tuple[float, float]:
        if name == "all layers":
            raise KeyboardInterrupt
        return 0.0, 0.0

    changed = YOLO(checkpoint)
    if other == "weights":
        changed.model.model[0].conv.weight.data *= 2
    settings = FAST | {"rows": (1,)}
    fresh = convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "fresh.pt", **settings)
    with monkeypatch.context() as patch:
        patch.setattr(Calibration, "distil", stop_at_the_end)
        with pytest.raises(KeyboardInterrupt):
            convert_weights(
                changed, "slicesamp", pictures, tmp_path / "out.pt", **settings | {"seed": int(other == "seed")}
            )
    assert (tmp_path / "out.unfinished").is_file()
    again = convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "out.pt", **settings)
    for a, b in zip(again.model.state_dict().values(), fresh.model.state_dict().values(), strict=True):
        assert torch.equal(a, b)


class Planted:
    """Runs code when it is unpickled without care."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("import pathlib; pathlib.Path('ran').touch()",)


@pytest.mark.long
@pytest.mark.parametrize("content", [b"nothing", Planted(), {"settings": 1}], ids=["noise", "code", "other keys"])
def test_a_foreign_file_in_place_of_an_interrupted_run_is_not_used(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object
) -> None:
    file = tmp_path / "out.unfinished"
    file.write_bytes(content) if isinstance(content, bytes) else torch.save(content, file)
    monkeypatch.chdir(tmp_path)
    convert_weights(checkpoint, "slicesamp", pictures, tmp_path / "out.pt", rows=(1,), **FAST)
    assert [file.name for file in tmp_path.iterdir()] == ["out.pt"]


@pytest.mark.long
def test_the_source_stays_as_it_is(checkpoint: Path, pictures: Path, tmp_path: Path) -> None:
    yolo = YOLO(checkpoint)
    before = {k: v.clone() for k, v in yolo.model.state_dict().items()}
    content = checkpoint.read_bytes()
    convert_weights(yolo, "slicesamp", pictures, tmp_path / "out.pt", rows=(3,), **FAST)
    assert all(torch.equal(v, before[k]) for k, v in yolo.model.state_dict().items())
    assert checkpoint.read_bytes() == content


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"to": "slicesamp"}, "data= is missing"),
        ({"to": "spdx"}, "to=spdx: expected one of spd, spd2x2, slicesamp, slice"),
        ({"to": "spd", "rows": (2,)}, r"rows=2: it is not of a kind .* rows that can be changed: 0, 1, 3, 5, 9"),
        ({"to": "spd", "rows": (UPSAMPLE,)}, "rows=6: it is not of a kind"),
        ({"to": "spd", "device": "gpu9x"}, "device=gpu9x: expected cpu"),
        ({"to": "slicesamp", "data": "nowhere"}, "nowhere does not exist"),
    ],
)
def test_mistakes_are_explained(checkpoint: Path, tmp_path: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SliceError, match=message):
        convert_weights(checkpoint, out=tmp_path / "out.pt", **settings)
    assert list(tmp_path.iterdir()) == []


def test_bad_files_are_explained(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pt").write_bytes(b"nothing")
    (tmp_path / "there.pt").touch()
    with pytest.raises(SliceError, match=r"bad\.pt: not a PyTorch checkpoint"):
        convert_weights(tmp_path / "bad.pt", "spd", out=tmp_path / "out.pt")
    with pytest.raises(SliceError, match="expected a checkpoint"):
        convert_weights("yolov8n.yaml", "spd", out=tmp_path / "out.pt")
    with pytest.raises(SliceError, match=r"there\.pt exists"):
        convert_weights(checkpoint, "spd", out=tmp_path / "there.pt")
    fused = YOLO(checkpoint)
    fused.model.fuse(verbose=False)
    with pytest.raises(SliceError, match="the model is fused"):
        convert_weights(fused, "spd", out=tmp_path / "out.pt")


@pytest.mark.long
def test_too_few_or_broken_pictures(
    checkpoint: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(image_choice, "warn", warnings.append)
    few = tmp_path / "few"
    few.mkdir()
    for number in range(7):
        (few / f"{number}.png").write_bytes((pictures / f"{number}.png").read_bytes())
    with pytest.raises(SliceError, match="7 images found; calibration needs at least 8"):
        convert_weights(checkpoint, "slicesamp", few, tmp_path / "out.pt", **FAST)
    (few / "broken.png").write_bytes(b"no picture")
    (few / "8.png").write_bytes((pictures / "8.png").read_bytes())
    convert_weights(checkpoint, "slicesamp", few, tmp_path / "out.pt", rows=(1,), **FAST)
    assert set(warnings) == {f"{few / 'broken.png'} cannot be read as an image; left out"}


@pytest.mark.slow
def test_command_and_reload_without_the_original(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    copied = tmp_path / "best.pt"
    copied.write_bytes(checkpoint.read_bytes())
    assert main(["convert", "model=best.pt", "to=spd2x2"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "converted: best-spd2x2.pt"
    copied.unlink()
    code = (
        "import torch; from ultralytics import YOLO; y = YOLO('best-spd2x2.pt');"
        "print(type(y.model.model[1]).__name__, y.ckpt['conversion']['to'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.split() == ["SPDConv", "spd2x2"]
    assert main(["convert", "model=best-spd2x2.pt", "to=spd"]) == 1
    assert "no layer that can be converted (layer 0: the stem, which the papers keep" in capsys.readouterr().err


def test_two_conversions_to_one_file(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.pt"
    with only_writer(out, tmp_path / "out.pt.lock"), pytest.raises(SliceError, match=r"out\.pt is being written by"):
        convert_weights(checkpoint, "spd", out=out)
    convert_weights(checkpoint, "spd", out=out)
    assert [file.name for file in tmp_path.iterdir()] == ["out.pt"]
