"""The report before it is Markdown or a page: sentences and tables, without any markup."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath

from yolo_slice.compare.wording import NOTHING, counted, difference, plain, probability, spread, wins
from yolo_slice.study.arms import Arm
from yolo_slice.study.report.alarms import alarms
from yolo_slice.study.report.conclusions import findings, limits
from yolo_slice.study.report.costs import Cost, Ratio, costs
from yolo_slice.study.report.results import METRICS, Metric, Results
from yolo_slice.study.report.standings import Standing, standings

VERDICT = "verdict"  # head of the column of verdicts


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first column names the row, the others are numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes:
        title: Its headline.
        state: One line: how many runs are finished.
        alarms: What a reader must know first.
        findings: What can be concluded.
        limits: What cannot.
        tables: Label of a data set to its tables.
        appendix: What was trained, and with what.
    """

    title: str
    state: str
    alarms: Sequence[str]
    findings: Sequence[str]
    limits: Sequence[str]
    tables: Mapping[str, Sequence[Table]]
    appendix: Sequence[Table]


def document(results: Results) -> Document:
    """Write down what the results say."""
    protocol = results.protocol
    finished = sum(one.state == "finished" for one in results.outcomes)
    state = (
        f"{counted(len(protocol.arms), 'arm')}, {counted(len(protocol.data), 'data set')}, "
        f"{counted(len(protocol.seeds), 'seed')}: {finished} of {len(results.outcomes)} runs are finished. Baseline: "
        f"{protocol.baseline}. Protocol written {protocol.written}: {protocol.conclude}."
    )
    return Document(
        f"Study {protocol.study}",
        state,
        [*alarms(results)],
        [*findings(results)],
        [*limits(results)],
        {data: [*_tables(results, data)] for data in protocol.data},
        [*_appendix(results)],
    )


def _tables(results: Results, data: str) -> Iterator[Table]:
    protocol = results.protocol
    other = "best" if protocol.epoch == "last" else "last"
    yield _verdict_table(results, data, other)
    for at in (protocol.epoch, other):
        yield _metric_table(results, data, at)
    yield from _class_tables(results, data)
    yield _cost_table(results, data)


def _verdict_table(results: Results, data: str, other: str) -> Table:
    protocol = results.protocol
    name, shown = protocol.metric, f"{protocol.interval:.0%}"
    head = ("arm", VERDICT, "runs", f"{name} ± sd", f"difference [{shown}]", "p (Holm)", "higher in seeds")
    beside = dict(zip(protocol.arms, standings(results, data, other, results.main), strict=True))
    rows = [
        (
            one.arm,
            _verdict(one, len(protocol.seeds)),
            f"{len(one.values)} of {len(protocol.seeds)}",
            spread(one.mean, one.deviation),
            difference(one.against),
            probability(one.p) if one.against else "",
            wins(one.against),
            spread(beside[one.arm].mean, beside[one.arm].deviation),
            difference(beside[one.arm].against),
        )
        for one in standings(results, data, protocol.epoch, results.main)
    ]
    note = (
        f"{name} of the {protocol.epoch} epoch, mean ± standard deviation (n - 1) over the finished runs. "
        f"Difference: to {protocol.baseline}, the mean over the seeds that both have, with Student's {shown} interval."
    )
    return Table("Verdict", (*head, f"{name}, {other} epoch", "difference"), rows, note)


def _verdict(one: Standing, seeds: int) -> str:
    """Write a verdict; one that is not over all seeds says so."""
    if one.against is None:
        return "baseline"
    had = len(one.against.seeds)
    return one.verdict + (f", so far ({had} of {seeds} seeds)" if had < seeds else "")


def _metric_table(results: Results, data: str, at: str) -> Table:
    protocol = results.protocol
    columns = [standings(results, data, at, Metric(name)) for name in METRICS]
    rows = [row for arm in zip(*columns, strict=True) for row in _value_rows(arm, protocol.baseline)]
    note = "AP_S, AP_M, AP_L: objects below 32 x 32, up to 96 x 96, and above, in pixels; - where the data has none."
    return Table(f"COCO's metrics, {at} epoch", ("arm", *METRICS), rows, note)


def _value_rows(arm: Sequence[Standing], baseline: str) -> Iterator[Sequence[str]]:
    """Write an arm's values, and under them its differences to the baseline."""
    yield (arm[0].arm, *(spread(one.mean, one.deviation) for one in arm))
    if arm[0].against is not None:
        yield (f"  minus {baseline}", *(difference(one.against) for one in arm))


def _class_tables(results: Results, data: str) -> Iterator[Table]:
    protocol = results.protocol
    others = [arm for arm in protocol.arms if arm != protocol.baseline]
    for name in ("AP", "AP50"):
        rows = []
        for of_class in results.classes(data):
            found = {one.arm: one for one in standings(results, data, protocol.epoch, Metric(name, of_class))}
            base = found[protocol.baseline]
            against = [difference(found[arm].against) for arm in others]
            rows.append((of_class, spread(base.mean, base.deviation), *against))
        head = ("class", f"{protocol.baseline} (baseline)", *(f"{arm}: difference" for arm in others))
        if rows:
            yield Table(f"{name} of each class, {protocol.epoch} epoch", head, rows)


def _cost_table(results: Results, data: str) -> Table:
    found = costs(results, data)
    base = next(cost for cost in found if cost.arm == results.protocol.baseline)
    head = (
        "arm",
        "parameters",
        "GFLOPs",
        "latency ratio",
        "training time ratio",
        "hours, all runs",
        "peak MB",
        "GPU MB",
    )
    how = dict.fromkeys(text for cost in found for text in cost.how)
    told = f" ({'; '.join(how)})" if how else ""
    note = (
        "Parameters before fusing; GFLOPs of one image of 640 x 640. Latency ratio: to the baseline's, with its "
        f"interval{told}. Training time ratio: mean [lowest, highest] over the seeds that both ran on the same device "
        "without an interruption."
    )
    return Table("Cost", head, [_cost_row(cost, base) for cost in found], note)


def _cost_row(cost: Cost, base: Cost) -> Sequence[str]:
    is_base = cost is base
    return (
        cost.arm,
        _count(cost.parameters, base.parameters),
        _count(cost.gflops, base.gflops, 1),
        _ratio(cost.latency, "1" if is_base else "not measured"),
        "1" if is_base else _ratio(cost.time, NOTHING),
        plain(cost.hours, 2),
        plain(cost.memory_mb, 0),
        plain(cost.gpu_mb, 0),
    )


def _ratio(found: Ratio | None, otherwise: str) -> str:
    return otherwise if found is None else f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _count(ours: float | None, theirs: float | None, digits: int = 0) -> str:
    """Write a size, and by how much it differs from the baseline's."""
    if ours is None or not theirs or ours == theirs:
        return plain(ours, digits)
    return f"{plain(ours, digits)} ({100 * (ours / theirs - 1):+.1f} %)"


def _made(arm: Arm) -> str:
    """Name what an arm starts from, without the folders of the machine."""
    name = PureWindowsPath(arm.model).name
    return f"{name}, converted to {arm.convert}" if arm.convert else name


def _appendix(results: Results) -> Iterator[Table]:
    protocol = results.protocol
    arms = [(arm, _made(made)) for arm, made in protocol.arms.items()]
    yield Table("Arms", ("arm", "made of"), arms)
    train = [(str(key), str(value)) for key, value in protocol.train.items()]
    yield Table("Settings given to yolo train", ("setting", "value"), [*train, ("seeds", str(list(protocol.seeds)))])
    records = [one.record for one in results.outcomes if one.record]
    versions = [record["versions"] for record in records if isinstance(record.get("versions"), dict)]
    names = dict.fromkeys(name for version in versions for name in version)
    rows = [(str(name), "; ".join(sorted({str(version.get(name)) for version in versions}))) for name in names]
    rows += [(key, "; ".join(sorted({str(record.get(key)) for record in records}))) for key in ("device", "git")]
    yield Table("Trained with", ("", ""), rows)
