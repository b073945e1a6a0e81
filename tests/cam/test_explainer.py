"""`explain` on every kind of head, after anything that a model may have gone through, and without a trace."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
import toy_models
from PIL import Image
from torch import nn
from torch.nn.functional import interpolate
from ultralytics import RTDETR, YOLO
from ultralytics.data.augment import classify_transforms

from yolo_slice import cam
from yolo_slice.cam.maps.merging import share_scale
from yolo_slice.cam.method import PredictionMethod
from yolo_slice.errors import SliceError

pytestmark = pytest.mark.floor
LAYER_METHODS = [key for key, method in cam.METHODS.items() if not issubclass(method, PredictionMethod)]
HEADS = [
    ("yolov8n.yaml", None),
    ("yolov10n.yaml", False),
    ("yolov10n.yaml", True),
    ("yolo26n.yaml", True),
    ("yolo26n-seg.yaml", False),
    ("yolo11n-pose.yaml", None),
    ("yolov8n-obb.yaml", None),
    ("yolo26n-obb.yaml", True),
    ("yolo11n-cls.yaml", None),
    ("yolov8n-slice.yaml", None),
]
FAST_HEADS = [("yolov8n.yaml", None), ("yolo26n.yaml", True), ("yolo11n-pose.yaml", None), ("yolov8n-slice.yaml", None)]
SLOW_HEADS = [(name, None) for name in ("yolov3.yaml", "yolov5n.yaml", "yolov6n.yaml", "yolov9t.yaml", "yolo12n.yaml")]


def noise(height: int = 64, width: int = 64, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def build(name: str, end2end: bool | None) -> nn.Module:
    try:
        return toy_models.lively(name, end2end=end2end)
    except AttributeError:  # 8.4.0: end2end is a fact of the head, not a setting
        return toy_models.lively(name)


def heads(cases: list[tuple[str, bool | None]]) -> Any:
    return pytest.mark.parametrize(("name", "end2end"), cases)


@pytest.mark.long
@heads([case if case in FAST_HEADS else pytest.param(*case, marks=pytest.mark.slow) for case in HEADS])
def test_every_head_is_explained(name: str, end2end: bool | None) -> None:
    check_head(build(name, end2end))


@pytest.mark.slow
@heads(SLOW_HEADS)
def test_every_other_stock_head_is_explained(name: str, end2end: bool | None) -> None:
    check_head(build(name, end2end))


def check_head(model: nn.Module) -> None:
    explainer = cam.Explainer(model, "layercam", conf=0.5, imgsz=64)
    [found] = explainer.explain([noise()], [explainer.targets([0, "all", "#0"])])
    for one in found:
        assert one.message == ""
        assert one.heat.shape == (64, 64)
        assert one.heat.dtype == np.float32
        assert one.heat.min() >= 0
        assert one.heat.max() == 1
        assert np.isfinite(one.score)
        assert set(one.layers) == set(explainer.layers)
    assert found[0].explained == tuple(d for d in found[0].detections if d.class_id == 0)
    assert found[1].explained == found[1].detections
    assert found[2].explained == found[2].detections[:1]
    assert found[2].label == f"{found[0].detections[0].name} {found[0].detections[0].score:.2f}"
    if found[0].detections[0].xyxy != (0, 0, 64, 64):  # a classifier's confidence is a softmax
        assert 1 / (1 + np.exp(-found[2].score)) == pytest.approx(found[2].detections[0].score, abs=1e-5)


@pytest.mark.slow
def test_rtdetr_is_explained() -> None:
    toy_models.skip_without_rtdetr()
    explainer = cam.Explainer(RTDETR("rtdetr-resnet50.yaml"), "layercam", conf=0.001, imgsz=64)
    [[found]] = explainer.explain([noise(40, 64)], [explainer.targets("#0")])
    assert found.message == ""
    assert found.heat.shape == (40, 64)
    assert found.heat.max() == 1


@pytest.mark.parametrize("name", ["yolov8s-worldv2.yaml", "yoloe-11s.yaml"])
def test_heads_without_classes_of_their_own_are_refused(name: str) -> None:
    with pytest.raises(SliceError, match="no class scores to explain"):
        cam.Explainer(YOLO(name))


@pytest.mark.long
@pytest.mark.parametrize("name", ["yolov8n.yaml", "yolo11n-cls.yaml"])
def test_layer_maps_equal_those_from_plain_hooks(name: str) -> None:
    """A second source: hooks on the whole model, gradients everywhere, Ultralytics' own forward pass."""
    model, image = toy_models.lively(name), noise()
    explainer = cam.Explainer(model, "gradcam", conf=0.5, imgsz=64)
    [[found]] = explainer.explain([image], [[cam.ClassTarget(0)]])
    kept: dict[int, torch.Tensor] = {}
    for layer in explainer.layers:
        model.model[layer].register_forward_hook(lambda m, i, output: kept.__setitem__(m.i, output))
    x = torch.from_numpy(image[..., ::-1].transpose(2, 0, 1).copy())[None].float() / 255
    raw = model((x - 0.0).requires_grad_())[1]
    logits = raw["scores"][0, 0] if isinstance(raw, dict) else raw[0, :1]
    chosen = logits[logits > 0] if isinstance(raw, dict) else logits
    gradients = torch.autograd.grad(chosen.sum(), list(kept.values()))
    for (layer, activation), gradient in zip(kept.items(), gradients, strict=True):
        raw_map = (gradient.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True).relu()
        heat = interpolate(raw_map, (64, 64), mode="bilinear").detach()[0, 0]
        assert found.peaks[layer] == pytest.approx(float(heat.max()), rel=1e-3, abs=1e-6)
        np.testing.assert_allclose(found.layers[layer] * found.peaks[layer], heat, atol=1e-4 * float(heat.max() + 1e-3))


@pytest.mark.long
@pytest.mark.parametrize("method", LAYER_METHODS)
def test_one_image_alone_equals_the_same_in_a_batch(method: str) -> None:
    model = toy_models.lively("yolov8n.yaml")
    chosen = cam.METHODS[method](max_channels=4) if method == "scorecam" else method
    explainer = cam.Explainer(model, chosen, conf=0.5, imgsz=64, batch=3)
    images = [noise(64, 64, 1), noise(32, 64, 2), noise(64, 64, 3), noise(64, 64, 4), noise(33, 64, 5)]
    targets = [explainer.targets(words) for words in (["0", "#0"], [1], [], ["all", 0, "#99"], [2, 3])]
    together = explainer.explain(images, targets)
    assert [len(few) for few in together] == [2, 1, 0, 3, 2]
    assert together[3][2].message.startswith("no detection 99")
    assert not together[3][2].heat.any()
    for image, few, expected in zip(images, targets, together, strict=True):
        [alone] = explainer.explain([image], [few])
        for a, b in zip(alone, expected, strict=True):
            assert a.label == b.label
            assert a.target == b.target
            np.testing.assert_allclose(a.heat, b.heat, atol=1e-2)


def test_union_of_all_classes_is_all() -> None:
    explainer = cam.Explainer(toy_models.lively("yolov8n.yaml"), conf=0.5, imgsz=64)
    union = cam.UnionTarget(tuple(cam.ClassTarget(i) for i in explainer.names))
    [[a, b]] = explainer.explain([noise()], [[union, cam.AllTarget()]])
    np.testing.assert_allclose(a.heat, b.heat, atol=1e-4)
    assert a.score == pytest.approx(b.score)


@pytest.mark.parametrize("method", LAYER_METHODS)
def test_nothing_there_is_a_blank_map_and_a_message(method: str) -> None:
    explainer = cam.Explainer(toy_models.lively("yolov8n.yaml"), method, conf=0.9999, imgsz=64)
    [found] = explainer.explain([noise()], [explainer.targets([0, None, "#0", (1, 1, 9, 9)])])
    for one in found:
        assert one.message.startswith("no ")
        assert one.score is None
        assert one.heat.shape == (64, 64)
        assert not one.heat.any()
        assert not any(each.any() for each in one.layers.values())
        assert set(one.peaks.values()) == {0}


def test_a_model_gone_bad_gives_a_blank_map_too() -> None:
    model = toy_models.lively("yolov8n.yaml")
    model.model[15].cv2.conv.weight.data[:] = float("nan")
    [found] = cam.explain(model, noise(), 0, imgsz=64)
    assert found.message
    assert not found.heat.any()


def state(model: nn.Module) -> dict[str, Any]:
    parts = dict(model.named_modules())
    return {
        "weights": {k: v.clone() for k, v in model.state_dict().items()},
        "dtype": {k: v.dtype for k, v in model.state_dict().items()},
        "grads": {k: None if p.grad is None else p.grad.clone() for k, p in model.named_parameters()},
        "wanted": {k: p.requires_grad for k, p in model.named_parameters()},
        "mode": {k: m.training for k, m in parts.items()},
        "hooks": {
            k: (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for k, m in parts.items()
        },
        "caches": {k: {n: id(v) for n, v in vars(m).items() if not n.startswith("_")} for k, m in parts.items()},
        "inplace": {k: getattr(m, "inplace", None) for k, m in parts.items()},
    }


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    else:
        assert a == b


def after_training_step(model: YOLO) -> None:
    model.model.train()
    for parameter in model.model.parameters():
        parameter.requires_grad_(True)
    raw = model.model(torch.rand(2, 3, 64, 64))
    raw["scores"].sum().backward()


LIVES = {
    "fresh": lambda model: None,
    "predicted": lambda model: model.predict(noise(), imgsz=64, verbose=False, device="cpu"),
    "fused": lambda model: model.fuse(),
    "training": after_training_step,
    "half": lambda model: model.model.half(),
    "frozen": lambda model: model.model.requires_grad_(False),
}


@pytest.mark.long
@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("inference", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_explains_after_anything_and_leaves_no_trace(life: str, inference: bool) -> None:
    model = YOLO("yolov8n.yaml")
    model.model = toy_models.lively("yolov8n.yaml")
    [expected] = cam.explain(model, noise(), 0, conf=0.5, imgsz=64)
    LIVES[life](model)
    before = state(model.model)
    with torch.inference_mode(inference):
        [found] = cam.explain(model, noise(), 0, conf=0.5, imgsz=64)
    assert_same(before, state(model.model))
    assert torch.is_grad_enabled()
    assert found.message == ""
    if life != "training":  # which moves BatchNorm's statistics
        np.testing.assert_allclose(found.heat, expected.heat, atol=0.05 if life == "half" else 2e-3)


@pytest.mark.long
def test_a_head_with_a_cached_graph_can_be_copied() -> None:
    model = toy_models.lively("yolov8n-obb.yaml")
    model.requires_grad_(True)(torch.rand(1, 3, 64, 64))  # 8.4.0 keeps the angles, graph and all
    model.model[-1].angle = model(torch.rand(1, 3, 64, 64))[0]
    assert model.model[-1].angle.requires_grad
    [found] = cam.explain(model, noise(), 0, conf=0.5, imgsz=64)
    assert found.heat.max() == 1


@pytest.mark.long
@pytest.mark.parametrize("end2end", [False, True])
def test_fused_end_to_end_models(end2end: bool) -> None:
    model = build("yolo26n.yaml", end2end)
    [before] = cam.explain(model, noise(), "#0", "layercam", conf=0.5, imgsz=64)
    [after] = cam.explain(model.fuse(verbose=False), noise(), "#0", "layercam", conf=0.5, imgsz=64)
    assert after.score == pytest.approx(before.score, abs=1e-2)
    np.testing.assert_allclose(after.heat, before.heat, atol=1e-2)


def test_modules_that_work_in_place_do_not_disturb() -> None:
    model = toy_models.lively("yolov8n.yaml")
    spoiler = nn.Sequential(nn.ReLU(inplace=True), model.model[16])
    spoiler.f, spoiler.i = model.model[16].f, 16
    model.model[16] = spoiler
    [found] = cam.explain(model, noise(), "#0", "layercam", layers=[15], conf=0.5, imgsz=64)
    assert found.heat.max() == 1


@pytest.mark.long
@heads(
    [
        ("yolov8n.yaml", None),
        pytest.param("yolo26n.yaml", False, marks=pytest.mark.slow),
        ("yolo26n.yaml", True),
        pytest.param("yolo11n-pose.yaml", None, marks=pytest.mark.slow),
        pytest.param("yolov8n-obb.yaml", None, marks=pytest.mark.slow),
        ("yolo11n-cls.yaml", None),
    ]
)
def test_detections_are_those_of_predict(name: str, end2end: bool | None) -> None:
    wrapper = YOLO(name)
    wrapper.model = build(name, end2end)
    # 8.4.0 cannot predict with a model that no trainer has given these.
    wrapper.model.transforms, wrapper.model.kpt_shape = classify_transforms(64), (17, 3)
    image = noise(48, 80)
    ours = cam.Explainer(wrapper, conf=0.6, imgsz=64).detect([image])[0]
    newest = {"nms": False} if end2end else {}  # 8.4.190's word for the end-to-end head; 8.4.0 does not look at it
    result = wrapper.predict(image, imgsz=64, conf=0.6, verbose=False, device="cpu", **newest)[0]
    if result.probs is not None:
        assert (ours[0].class_id, ours[0].score) == (
            result.probs.top1,
            pytest.approx(float(result.probs.top1conf), abs=1e-4),
        )
        return
    theirs = result.obb if result.obb is not None else result.boxes
    assert len(ours) == len(theirs) > 3
    assert [d.score for d in ours] == pytest.approx(theirs.conf.tolist(), abs=1e-4)
    assert [d.class_id for d in ours] == theirs.cls.int().tolist()
    if result.obb is None:
        np.testing.assert_allclose([d.xyxy for d in ours], theirs.xyxy, atol=1)


def test_class_scores_are_the_highest_confidences() -> None:
    explainer = cam.Explainer(toy_models.lively("yolov8n.yaml"), conf=0.05, imgsz=64)
    images = [noise(seed=1), noise(40, 64, 2)]
    scores = explainer.class_scores(images)
    assert scores.shape == (2, 4)
    for row, found in zip(scores, explainer.detect(images), strict=True):
        assert row.max() == pytest.approx(found[0].score)


@pytest.mark.long
def test_layers_are_chosen_and_described() -> None:
    model = toy_models.lively("yolov8n.yaml")
    default = cam.Explainer(model)
    assert default.layers == (15, 18, 21)
    assert (
        default.description == "layers 15 (P3/8 C2f), 18 (P4/16 C2f), 21 (P5/32 C2f): what the head sees, merged by max"
    )
    chosen = cam.Explainer(model, layers=[17, 9])
    assert chosen.layers == (9, 17)
    assert chosen.description == "layers 9 (SPPF), 17 (Concat): as chosen, merged by max"
    assert cam.Explainer(toy_models.lively("yolo11n-cls.yaml")).layers == (9,)


def test_merge() -> None:
    model, image = toy_models.lively("yolov8n.yaml"), noise()
    [largest] = cam.explain(model, image, 0, conf=0.5, imgsz=64, merge="max")
    [mean] = cam.explain(model, image, 0, conf=0.5, imgsz=64, merge="mean")
    maps = np.stack(list(largest.layers.values()))
    np.testing.assert_allclose(largest.heat, maps.max(0), atol=1e-6)
    np.testing.assert_allclose(mean.heat, maps.mean(0) / maps.mean(0).max(), atol=1e-6)


def test_share_scale_keeps_strength() -> None:
    explainer = cam.Explainer(toy_models.lively("yolov8n.yaml"), layers=[15, 18], conf=0.5, imgsz=64)
    alone = [few[0] for few in explainer.explain([noise(seed=1), noise(seed=2)], [[cam.ClassTarget(0)]] * 2)]
    shared = share_scale(alone)
    for layer in (15, 18):
        top = max(a.peaks[layer] for a in alone)
        for a, b in zip(alone, shared, strict=True):
            np.testing.assert_allclose(b.layers[layer] * top, a.layers[layer] * a.peaks[layer], rtol=1e-5)
            assert b.heat.max() <= 1
        assert max(b.layers[layer].max() for b in shared) == pytest.approx(1)
    assert share_scale([]) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"layers": [22]},
            "layers=22: there is no layer 22 to look at; this model has 0 to 21, and its head sees 15, 18, 21",
        ),
        ({"layers": [-1]}, "there is no layer -1"),
        ({"layers": []}, "none given"),
        ({"conf": 1.0}, "conf=1.0"),
        ({"merge": "sum"}, "merge='sum'"),
        ({"batch": 0}, "batch=0"),
        ({"method": "gradcan"}, "did you mean gradcam"),
        ({"method": "drise"}, "method D-RISE: it looks at no layers; open_explainer"),
    ],
)
def test_wrong_settings_are_one_line(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SliceError, match=said) as caught:
        cam.Explainer(
            toy_models.brightness_detector() if "layers" not in settings else YOLO("yolov8n.yaml"), **settings
        )
    assert "\n" not in str(caught.value)


class Pair(nn.Module):
    """Gives two tensors, of which the next layer takes one."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.f, self.i = inner, inner.f, inner.i

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [self.inner(x), x]


class First(Pair):
    def forward(self, pair: list[torch.Tensor]) -> torch.Tensor:
        return self.inner(pair[0])


class Detached(Pair):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x).detach()


def test_layers_that_cannot_be_looked_at_are_refused() -> None:
    model = toy_models.lively("yolov8n.yaml")
    model.model[7], model.model[8] = Pair(model.model[7]), First(model.model[8])
    with pytest.raises(SliceError, match="layer 7: its output is not a feature map"):
        cam.explain(model, noise(), "#0", layers=[7], conf=0.5, imgsz=64)
    model = toy_models.lively("yolov8n.yaml")
    model.model[21] = Detached(model.model[21])
    with pytest.raises(SliceError, match="layer 20: no class score depends on it"):
        cam.explain(model, noise(), "#0", layers=[18, 20], conf=0.5, imgsz=64)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("missing.pt", "missing.pt: no model that Ultralytics can load"),
        ("notes.txt", "notes.txt: no PyTorch model"),
        (nn.Linear(2, 2), "got a Linear, expected a YOLO"),
    ],
)
def test_what_is_no_model_is_one_line(model: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    with pytest.raises(SliceError, match=said):
        cam.Explainer(tmp_path / model if isinstance(model, str) else model)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), float), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), 3, "missing.jpg"]
)
def test_what_is_no_image_is_one_line(image: Any) -> None:
    with pytest.raises(SliceError, match=r"expected|no such image"):
        cam.explain(toy_models.brightness_detector(), image, 0, imgsz=32)


def test_images_in_every_form_give_one_map(tmp_path: Path) -> None:
    model, image = toy_models.brightness_detector(), noise(48, 64)
    cv2.imwrite(str(tmp_path / "bild.png"), image)
    (tmp_path / "bild.png").rename(tmp_path / "Bild äöü.png")
    forms = [image, tmp_path / "Bild äöü.png", str(tmp_path / "Bild äöü.png"), Image.fromarray(image[..., ::-1])]
    first, *others = [cam.explain(model, form, 0, layers=[0], imgsz=64)[0].heat for form in forms]
    assert all(np.array_equal(first, other) for other in others)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    assert cam.explain(model, grey, 0, layers=[0], imgsz=64)[0].heat.shape == (48, 64)


def test_a_method_of_your_own() -> None:
    class Plain(cam.ActivationMethod):
        name = "plain mean"

        def map(self, activations: torch.Tensor) -> torch.Tensor:
            return activations.mean(1)

    image = noise(64, 64)
    [found] = cam.explain(toy_models.brightness_detector(), image, 0, Plain(), layers=[0], conf=0.01, imgsz=64)
    cells = cv2.resize(image.reshape(8, 8, 8, 8, 3).mean((1, 3, 4)) / 255, (64, 64))
    assert found.method == "plain mean"
    assert found.peaks[0] == pytest.approx(cells.max(), rel=1e-3)


@pytest.mark.long
@pytest.mark.parametrize("method", ["hirescam", "layercam"])
def test_person_map_of_real_weights_lies_on_persons(method: str, real_data: Path) -> None:
    from ultralytics.utils import ASSETS

    explainer = cam.Explainer(real_data / "weights" / "yolov8n_dq.pt", method)
    image = cam.read_image(ASSETS / "bus.jpg")
    [[found]] = explainer.explain([image], [explainer.targets("person")])
    inside = np.zeros(found.heat.shape, bool)
    for one in found.detections:
        if one.name == "person":
            left, top, right, bottom = map(int, one.xyxy)
            inside[top:bottom, left:right] = True
    assert found.heat[inside].sum() / found.heat.sum() > 2 * inside.mean()
    assert inside[np.unravel_index(found.heat.argmax(), found.heat.shape)]
