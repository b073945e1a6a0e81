"""The report of synthetic studies: verdicts, what is missing, names of any kind, the same bytes again."""

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from study_maker import ARMS, make_study, numbers, write_record

from yolo_slice.errors import SliceError
from yolo_slice.study.report import write_report
from yolo_slice.study.report.costs import Ratio, costs
from yolo_slice.study.report.document import document
from yolo_slice.study.report.markdown import markdown
from yolo_slice.study.report.numbers import as_csv, as_json
from yolo_slice.study.report.results import Metric, read_results
from yolo_slice.study.report.standings import standings

TROUBLE = '<script>alert(1)</script> | =1+1 $x$ _a_ `b` [c](http://d) "&amp;'


EARLY = (
    "study.yaml was written 2026-11-28T09:30:00+02:00, after bccd/stock/seed=0 had begun (2026-11-28T07:10:00+00:00): "
    "what is concluded was not settled before the results"
)


def record_of(folder: Path) -> dict[str, Any]:
    """Return report.json, without drawing the pictures."""
    results = read_results(folder)
    return json.loads(as_json(results, document(results)), parse_constant=pytest.fail)


def text_of(folder: Path) -> str:
    """Return report.md, without drawing the pictures."""
    return markdown(document(read_results(folder)))


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Return report.csv, without drawing the pictures."""
    return [*csv.DictReader(as_csv(read_results(folder)).splitlines())]


def verdicts_of(folder: Path) -> dict[str, str]:
    """Return arm to verdict of the first data set."""
    return {one["arm"]: one["verdict"] for one in record_of(folder)["numbers"] if one["verdict"]}


def test_a_model_against_itself_is_not_told_apart(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", noise=0.02)
    assert verdicts_of(folder) == {"ours": "not told apart"}
    text = text_of(folder)
    assert "ours cannot be told apart from stock" in text
    assert "That is no proof that they are equal: with 95% confidence the difference lies between" in text


def test_the_very_same_numbers_are_not_told_apart_either(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", noise=0.0)
    assert verdicts_of(folder) == {"ours": "not told apart"}
    assert "+0.000 [+0.000, +0.000]" in text_of(folder)


def test_a_crippled_and_an_improved_model_are_told_apart(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.1, "equal": 0, "more": 0.1})
    assert verdicts_of(folder) == {"half": "worse", "equal": "not told apart", "more": "better"}
    text = text_of(folder)
    assert "bccd: half is worse than stock (AP -0.1" in text
    assert "bccd: more is better than stock (AP +0." in text


def test_two_seeds_have_no_verdict(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.3}, seeds=(0, 1))
    assert verdicts_of(folder) == {"half": "no verdict (n < 3)"}
    text = text_of(folder)
    assert "no verdict on half: 2 seeds, and a verdict needs 3. The difference so far is -0." in text
    assert "The study has 2 seeds. With fewer than 3 nothing is told apart." in text


def test_one_data_set_does_not_count_in_the_verdicts_of_another(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.3}, data=("a", "b"))
    for seed in range(5):
        write_record(folder, "b", "half", seed, read_results(folder).values("b", "stock", "last", Metric("AP"))[seed])
    found = {(one["data"], one["verdict"]) for one in record_of(folder)["numbers"] if one["verdict"]}
    assert found == {("a", "worse"), ("b", "not told apart")}


def test_what_is_missing_and_failed_is_said_first_and_pairs_are_over_what_both_have(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.1})
    (folder / "bccd/stock/seed=0/record.json").unlink()
    write_record(folder, "bccd", "half", 3, state="failed", error="CUDA out of memory")
    record = record_of(folder)
    assert record["complete"] is False
    assert record["alarms"][0].startswith("8 of 10 runs are finished. Every verdict below is provisional")
    assert record["alarms"][1:] == [
        "failed: 1 of 10 runs: bccd/half/seed=3 (CUDA out of memory)",
        "missing: 1 of 10 runs: bccd/stock/seed=0",
    ]
    half = next(one for one in record["numbers"] if one["arm"] == "half")
    assert half["against_baseline"]["seeds"] == [1, 2, 4]
    values = {arm: read_results(folder).values("bccd", arm, "last", Metric("AP")) for arm in ("stock", "half")}
    mean = sum(values["half"][seed] - values["stock"][seed] for seed in (1, 2, 4)) / 3
    assert half["against_baseline"]["mean"] == pytest.approx(mean)
    text = text_of(folder)
    assert text.index("8 of 10 runs are finished") < text.index("What can be concluded")
    assert "worse, so far (3 of 5 seeds)" in text
    assert "4 of 5" in text


def test_a_study_without_any_record_has_a_report(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    for file in folder.rglob("record.json"):
        file.unlink()
    record = record_of(folder)
    assert record["alarms"][0].startswith("0 of 10 runs are finished")
    assert record["findings"] == ["bccd: no verdict on ours: 0 seeds of 5, so far, and a verdict needs 3."]
    page = (write_report(folder) / "report.html").read_text("utf-8")
    assert "<figure" not in page


def test_an_arm_that_failed_in_every_seed_counts_in_the_correction(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.02, "broken": 0})
    (p,) = [one.p for one in standings(read_results(folder), "bccd", "last", Metric("AP")) if one.arm == "half"]
    for seed in range(5):
        write_record(folder, "bccd", "broken", seed, state="failed", error="x")
    found = {one.arm: one for one in standings(read_results(folder), "bccd", "last", Metric("AP"))}
    assert found["half"].p == pytest.approx(p)
    assert found["broken"].verdict == "no verdict (n < 3)"


def test_verdicts_are_on_the_main_metric_of_the_main_epoch_only(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.1}, metric="AP_S", epoch="best")
    found = [one for one in record_of(folder)["numbers"] if one["verdict"]]
    assert [(one["metric"], one["epoch"], one["class"]) for one in found] == [("AP_S", "best", None)]


def test_the_csv_has_the_numbers_unrounded(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "half": -0.1})
    rows = {(row["arm"], row["epoch"], row["metric"], row["class"]): row for row in rows_of(folder)}
    values = read_results(folder).values("bccd", "half", "last", Metric("AP"))
    half = rows["half", "last", "AP", ""]
    assert float(half["mean"]) == pytest.approx(sum(values.values()) / 5, abs=1e-15)
    assert (half["runs"], half["seeds"], half["pairs"], half["wins"], half["verdict"]) == (
        *("5", "0 1 2 3 4", "5", "0"),
        "worse",
    )
    assert float(half["low"]) < float(half["difference"]) < float(half["high"]) < 0
    assert rows["half", "best", "AP50", "WBC"]["verdict"] == ""
    assert rows["half", "", "parameters", ""]["mean"] == "2700000"


def test_costs_are_ratios_to_the_baseline_of_runs_in_the_same_circumstances(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    write_record(folder, "bccd", "ours", 0, wall_s=720.0)
    write_record(folder, "bccd", "ours", 1, wall_s=9999.0, device="another")
    write_record(folder, "bccd", "ours", 2, wall_s=9999.0, resumed=1)
    cost = costs(read_results(folder), "bccd")[1]
    assert cost.time == Ratio(pytest.approx((2 + 1.5 + 1.5) / 3), 1.5, 2.0)
    assert (cost.parameters, cost.gflops, cost.memory_mb, cost.gpu_mb) == (2_700_000, 7.2, 904.0, None)
    assert cost.latency is None
    assert "not measured" in text_of(folder)


@pytest.mark.long
def test_latency_is_shown_with_its_interval_where_records_have_it(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    for seed in range(5):
        measured = {"ratio": 1.2 + seed / 100, "low": 1.1, "high": 1.3 + seed / 10, "how": "onnxruntime, cpu, 640"}
        write_record(folder, "bccd", "ours", seed, 0.3, latency=measured)
    made = write_report(folder)
    text = (made / "report.md").read_text("utf-8")
    assert "1.22 [1.10, 1.70]" in text
    assert "(onnxruntime, cpu, 640)" in text
    assert "Latency is not measured" not in text
    page = (made / "report.html").read_text("utf-8")
    assert "latency, ratio to stock" in page
    assert "latency not measured" not in page


def bench_json(folder: Path, baseline: str = "stock") -> None:
    shared = {"batch": 1, "baseline": baseline}
    latency = {"ratio": 1.07, "low": 1.05, "high": 1.1, "how": "cpu time, ONNX Runtime"}
    rows = [
        {**shared, "format": "onnx", "model": "stock", "latency": {**latency, "ratio": 1.0}},
        {**shared, "format": "onnx", "model": "ours", "latency": latency},
        {**shared, "format": "torch", "model": "ours", "latency": {**latency, "ratio": 9.0}},
    ]
    (folder / "bench.json").write_text(json.dumps({"kind": "yolo-slice bench", "rows": rows}), encoding="utf-8")


def test_latency_comes_from_a_benchmark_beside_the_protocol(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    bench_json(folder)
    cost = costs(read_results(folder), "bccd")[1]
    assert (cost.latency, cost.how) == (Ratio(1.07, 1.05, 1.1), ("cpu time, ONNX Runtime",))
    write_record(folder, "bccd", "ours", 0, latency={"ratio": 1.2, "low": 1.1, "high": 1.3, "how": "records go first"})
    assert costs(read_results(folder), "bccd")[1].how == ("records go first",)


def test_a_benchmark_to_another_model_is_refused(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    bench_json(folder, baseline="ours")
    with pytest.raises(SliceError, match=r"bench\.json: expected ratios of yolo-slice bench to stock"):
        read_results(folder)
    (folder / "bench.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SliceError, match=r"bench\.json: not a bench\.json of yolo-slice bench \(KeyError"):
        read_results(folder)


def test_runs_that_were_not_trained_alike_are_an_alarm(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", seeds=(0, 1, 2))
    settings = {"epochs": 12, "imgsz": 320, "batch": 8, "model": "x.yaml", "seed": 5}
    write_record(
        folder, "bccd", "ours", 0, settings=settings, device="GPU", versions={"torch": "2.5.0"}, parameters=1, git="b"
    )
    alarms = " ".join(record_of(folder)["alarms"])
    assert "bccd: the runs were not trained alike: imgsz 160 and 320." in alarms
    assert "bccd: the runs are of different versions of torch: 2.5.0 and 2.9.1" in alarms
    assert "bccd: the runs are of different versions of yolo-slice (git): abc1234 and b" in alarms
    assert "bccd: the runs are of different devices: GPU and cpu, 1 thread" in alarms
    assert "bccd: the runs of ours do not all have the same number of parameters" in alarms


def test_a_study_that_is_not_as_its_protocol_says_is_an_alarm(tmp_path: Path) -> None:
    train = {"epochs": 100, "imgsz": 160, "optimizer": "auto", "plots": False}
    folder = make_study(tmp_path / "s", train=train, written="2026-11-28T09:30:00+02:00")
    assert record_of(folder)["alarms"] == [
        EARLY,
        "bccd: not trained as study.yaml says: epochs 12, not 100",
    ]


def test_an_even_study_has_no_alarm(tmp_path: Path) -> None:
    assert record_of(make_study(tmp_path / "s"))["alarms"] == []


def test_a_training_that_ended_early_is_named(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    write_record(folder, "bccd", "ours", 0, last=numbers(0.3, epoch=7))
    assert "Ended before the last epoch asked for (patience or time): 1 of ours." in " ".join(
        record_of(folder)["limits"]
    )


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.long
def test_the_page_needs_nothing_else_and_shows_names_as_they_are(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", study=TROUBLE)
    write_record(folder, "bccd", "ours", 0, last=numbers(0.3, classes=[TROUBLE, "数\ud800"]))
    write_record(folder, "bccd", "ours", 1, state="failed", error=TROUBLE)
    curve = [{"epoch": 1, "mAP50": 0.1, f"val/{TROUBLE}": 1.0}, "x", {"epoch": None}]
    write_record(folder, "bccd", "ours", 2, epochs=curve, versions={TROUBLE: TROUBLE})
    made = write_report(folder)
    page = Tags()
    page.feed((made / "report.html").read_text("utf-8"))
    assert "script" not in page.tags
    assert "a" not in page.tags
    assert page.text.count(TROUBLE) >= 4
    assert all(link.startswith("#") for link in page.links)
    assert page.tags.count("figure") == 5
    lines = (made / "report.md").read_text("utf-8").splitlines()
    assert not any(re.search(r"(?<!\\)<script|(?<!\\)\]\(", line) for line in lines)
    tables = [line for line in lines if line.startswith("|")]
    columns = [len(re.findall(r"(?<!\\)\|", line)) for line in tables]
    assert {*columns} <= {3, 4, 8, 9, 10}
    with (made / "report.csv").open(encoding="utf-8", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "@", "+"))]


def test_names_that_are_formulas_are_none_in_a_spreadsheet(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s", {"stock": 0, "=1+1": 0})
    write_record(folder, "bccd", "=1+1", 0, last=numbers(0.3, classes=["-2+3", "@x"]))
    rows = rows_of(folder)
    assert {row["arm"] for row in rows} == {"stock", "'=1+1"}
    assert {row["class"] for row in rows} >= {"'-2+3", "'@x"}


@pytest.mark.long
def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "s")
    first = {file.name: file.read_bytes() for file in write_report(folder).iterdir()}
    assert {*first} == {"report.md", "report.csv", "report.json", "report.html"}
    (folder / "report/report.md").unlink()
    assert {file.name: file.read_bytes() for file in write_report(folder).iterdir()} == first


@pytest.mark.long
def test_only_the_protocol_and_the_records_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_study(tmp_path / "s", seeds=(0, 1, 2))
    (folder / "bccd/stock/seed=0/results.csv").write_text("not to be read", encoding="utf-8")
    opened: list[str] = []
    true: Callable[..., str] = Path.read_text

    def read_text(self: Path, *args: Any, **kwargs: Any) -> str:
        opened.append(self.name)
        return true(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", read_text)
    write_report(folder)
    assert {*opened} >= {"study.yaml", "record.json"}
    assert "results.csv" not in opened


@pytest.mark.long
def test_many_arms_are_told_apart_by_colour_and_line(tmp_path: Path) -> None:
    arms = dict.fromkeys((*ARMS, *(f"arm{n}" for n in range(8))), 0.0)
    page = (write_report(make_study(tmp_path / "s", arms, seeds=(0, 1))) / "report.html").read_text("utf-8")
    keys = re.findall(r'<svg class="key".*?</svg>', page)
    assert len(keys) == len({*keys}) == 10
    assert "#000000" not in page
