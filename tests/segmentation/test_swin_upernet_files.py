"""The model files of Swin with UPerNet: exact parameters of the paper's Table 3, and files alike but for three rows."""

import re
from typing import Any

import pytest
import torch
import yaml
from torch import nn
from ultralytics.nn import tasks

from yolo_slice.complexity import count_operations
from yolo_slice.complexity.paper_tables import TABLES
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.meta_model import MetaModel
from yolo_slice.paths import CFG

pytestmark = pytest.mark.skipif(
    not hasattr(tasks, "SemanticSegment"), reason="this ultralytics has no semantic segmentation"
)

FOLDER = CFG / "models" / "semantic"
# File: its down-sampler, more of its row, parameters with 150 classes (counted by other scripts), row in Table 3
PAPER = {
    "patchmerging": ("PatchMerging", [], 59_941_862, "Patch Merging"),
    "slicesamp": ("SliceSamp", [3, "GELU", "paper"], 59_968_742, "SliceSamp"),
    "maxpool": ("MaxPoolConv", [], 58_776_614, "Maxpool"),
    "softpool": ("SoftPool", [], 58_776_614, "Softpool"),
    "adapool": ("AdaPool", [], 58_776_617, "Adapool"),
}
PICO = "swinpico-upernet-slicesamp"


def load(stem: str) -> dict[str, Any]:
    return yaml.safe_load((FOLDER / f"{stem}.yaml").read_text(encoding="utf-8"))


def build(d: dict[str, Any]) -> nn.Sequential:
    with torch.device("meta"):
        return tasks.parse_model(d, ch=3, verbose=False)[0]


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def test_the_promised_files_are_there() -> None:
    assert {file.stem for file in FOLDER.glob("*.yaml")} >= {PICO, *(f"swint-upernet-{stem}" for stem in PAPER)}


@pytest.mark.parametrize("variant", PAPER)
def test_parameters_are_exact_and_those_of_the_papers_table(variant: str) -> None:
    stem, (_, _, exact, row) = f"swint-upernet-{variant}", PAPER[variant]
    assert parameters(build(tasks.yaml_model_load(f"{stem}.yaml"))) == exact
    assert f"{exact:,} parameters with 150 classes" in (FOLDER / f"{stem}.yaml").read_text(encoding="utf-8")
    printed = {row.name: row.params_m for table in TABLES if table.name == "SliceSamp 3" for row in table.rows}
    assert f"{exact / 1e6:.2f}" == printed[row]


@pytest.mark.long
@pytest.mark.parametrize(("variant", "printed"), [("patchmerging", "236.1"), ("maxpool", "235.4")])
def test_gflops_are_those_of_the_papers_table(variant: str, printed: str) -> None:
    model = MetaModel(FOLDER / f"swint-upernet-{variant}.yaml", "").eval()
    assert f"{count_operations(model, (512, 512), 'mmcv') / 1e9:.1f}" == printed


@pytest.mark.parametrize("variant", PAPER)
def test_file_differs_from_the_baseline_in_the_three_down_samplers_only(variant: str) -> None:
    ours, baseline = load(f"swint-upernet-{variant}"), load("swint-upernet-patchmerging")
    module, more, *_ = PAPER[variant]
    swapped = [
        [*row[:2], module, [*row[3], *more]] if row[2] == "PatchMerging" else row for row in baseline["backbone"]
    ]
    assert ours == {**baseline, "backbone": swapped}
    assert [i for i, row in enumerate(ours["backbone"]) if row[2] == module] == [2, 4, 6]


def test_baseline_is_swin_t() -> None:
    d = load("swint-upernet-patchmerging")
    stages = [row[3] for row in d["backbone"] if row[2] == "SwinStage"]
    assert [stage[:3] for stage in stages] == [[96, 2, 3], [192, 2, 6], [384, 6, 12], [768, 2, 24]]
    rates = [
        m.stochastic_depth.p
        for layer in build(d)
        for m in layer.modules()
        if type(m).__name__ == "SwinTransformerBlock"
    ]
    assert rates == pytest.approx([0.3 * i / 11 for i in range(12)], abs=1e-4)
    assert d["nc"] == 150
    assert d["schedule"] == {"poly": 1.0}


def test_the_small_one_has_the_rows_of_the_large_one() -> None:
    small, large = load(PICO), load("swint-upernet-slicesamp")
    for a, b in zip([*small["backbone"], *small["head"]], [*large["backbone"], *large["head"]], strict=True):
        assert a[:3] == b[:3]
    assert small["schedule"] == large["schedule"]
    assert 2.9e6 < parameters(build(small)) < 3.1e6


@pytest.mark.parametrize("stem", sorted(file.stem for file in FOLDER.glob("*-upernet-*.yaml")))
def test_recipe_in_the_header_is_one_that_ultralytics_takes(stem: str) -> None:
    from ultralytics.cfg import DEFAULT_CFG_DICT

    text = re.sub(r"\\\n#", " ", (FOLDER / f"{stem}.yaml").read_text(encoding="utf-8"))
    command = re.search(r"(?m)^#     (yolo semantic train .*)", text)
    assert command
    settings = dict(word.split("=") for word in command[1].partition(" #")[0].split()[3:])
    assert settings["model"] == f"{stem}.yaml"
    assert settings.keys() <= DEFAULT_CFG_DICT.keys()


def small(**changes: Any) -> dict[str, Any]:
    return {**load(PICO), **changes}


def test_head_of_a_bare_row_has_upernets_widths() -> None:
    d = small()
    d["head"][-1][3] = ["nc"]
    assert build(d)[-1].classifier[-1].in_channels == 512
    d = small()
    d["head"][-1][3] = ["nc", 64]
    assert build(d)[-1].aux_head[-1].in_channels == 256


@pytest.mark.parametrize(
    ("index", "row", "message"),
    [
        (1, [-1, 1, "SwinStge", [32, 2, 1]], "layer 1: unknown block 'SwinStge'; did you mean SwinStage"),
        (1, [-1, 1, "SwinStage", [64, 2, 2]], "layer 1.*c2 must be c1, the 32 channels of its input, not 64"),
        (1, [-1, 1, "SwinStage", [32, 2, 5]], "layer 1.*heads must be a divisor of the 32 channels"),
        (1, [-1, 1, "SwinStage", [32, 2, 1, [0, 0], 7, 1]], r"layer 1.*expected SwinStage \[c2, depth=2, heads=None"),
        (0, [-1, 2, "PatchEmbed", [32]], "changes the resolution, so repeats must be 1"),
        (
            12,
            [11, 1, "UPerSemanticSegment", ["nc"]],
            r"write a list of layers, 1, UPerSemanticSegment, \[nc, 512, 256\]",
        ),
        (12, [[8, 11], 1, "UPerSemanticSegment", []], "write a list of layers"),
        (12, [[8, 11], 1, "UPerSemanticSegment", ["nc", 1, 2, 3]], "write a list of layers"),
        (12, [[8, 11], 1, "UPerSemanticSegment", ["nc", 0, 8]], "layer 12.*channels must be a positive integer, not 0"),
    ],
)
def test_mistakes_are_explained(index: int, row: list[Any], message: str) -> None:
    d = small()
    (d["backbone"] if index < 8 else d["head"])[index if index < 8 else index - 8] = row
    with pytest.raises(SliceError, match=message):
        build(d)


def test_an_ultralytics_without_the_task_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("ultralytics.nn.modules.SemanticSegment")
    with pytest.raises(SliceError, match="UPerSemanticSegment needs an ultralytics that has SemanticSegment"):
        build(small())
