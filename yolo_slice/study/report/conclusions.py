"""What a study's numbers allow to say, and what they do not, in sentences."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from yolo_slice.compare.paired import BETTER, FEWEST, TOO_FEW, UNDECIDED, WORSE, Paired
from yolo_slice.compare.wording import counted, difference, listed, probability, signed
from yolo_slice.study.report.costs import costs
from yolo_slice.study.report.results import Results
from yolo_slice.study.report.standings import Standing, standings

TOLD = ("epochs", "imgsz", "batch", "optimizer")  # settings that a sentence on the recipe names


def findings(results: Results) -> Iterator[str]:
    """Say what the study shows, an arm and a data set at a time."""
    for data in results.protocol.data:
        for one in standings(results, data, results.protocol.epoch, results.main):
            if one.against is not None:
                yield f"{data}: {_finding(one, one.against, results)}"


def _finding(one: Standing, pair: Paired, results: Results) -> str:
    protocol = results.protocol
    found = f"{protocol.metric} {difference(pair)}, Holm's p {probability(one.p)}"
    seeds = counted(len(pair.seeds), "seed")
    if len(pair.seeds) < len(protocol.seeds):
        seeds += f" of {len(protocol.seeds)}, so far"
    if one.verdict in (BETTER, WORSE):
        return f"{one.arm} is {one.verdict} than {protocol.baseline} ({found}; {seeds}, higher in {pair.wins})."
    if one.verdict == UNDECIDED and pair.low is not None and pair.high is not None:
        return (
            f"{one.arm} cannot be told apart from {protocol.baseline} ({found}; {seeds}, higher in {pair.wins}). "
            f"That is no proof that they are equal: with {protocol.interval:.0%} confidence the difference lies "
            f"between {signed(pair.low)} and {signed(pair.high)}."
        )
    if one.verdict == TOO_FEW:
        had = f" The difference so far is {difference(pair)}." if pair.seeds else ""
        return f"no verdict on {one.arm}: {seeds}, and a verdict needs {FEWEST}.{had}"
    return (
        f"no verdict on {one.arm}: the difference is {signed(pair.mean)} in each of {seeds}. The seed seems to change "
        "nothing, so that the runs are no independent repetitions."
    )


def limits(results: Results) -> Iterator[str]:
    """Say what cannot be concluded, and why."""
    yield from _limits_of_seeds(results)
    yield from _limits_of_scope(results)
    yield "The best epoch is chosen on the images on which it is measured, and so flatters every arm."
    if short := Counter(one.cell.arm for one in results.outcomes if one.record and _ended_early(one.record)):
        early = listed([f"{n} of {arm}" for arm, n in short.items()])
        yield f"Ended before the last epoch asked for (patience or time): {early}."
    if not all(_has_latency(results, data) for data in results.protocol.data):
        yield "Latency is not measured for every arm: fewer parameters and GFLOPs can be slower."


def _limits_of_seeds(results: Results) -> Iterator[str]:
    seeds, arms = len(results.protocol.seeds), len(results.protocol.arms) - 1
    if seeds < FEWEST:
        yield f"The study has {counted(seeds, 'seed')}. With fewer than {FEWEST} nothing is told apart."
    else:
        yield (
            f"{seeds} seeds show large differences only. Where the verdict is \u201cnot told apart\u201d, the "
            "difference may be anything in the interval."
        )
    yield (
        "The interval is about the luck of training (order of the data, start of the weights). The validation images "
        "are the same in every run; other images of the same kind may give another difference."
    )
    if arms > 1:
        yield (
            f"p is corrected for {arms} arms (Holm), the intervals are not: one of them may leave out 0 where the "
            "verdict is \u201cnot told apart\u201d."
        )


def _limits_of_scope(results: Results) -> Iterator[str]:
    protocol, sets = results.protocol, [*results.protocol.data]
    if len(sets) == 1:
        yield f"One data set, {sets[0]}: nothing is shown about others."
    else:
        yield (
            f"{len(sets)} data sets, each judged by itself: a verdict on one says nothing about another, and p is "
            "corrected within each only."
        )
    recipe = ", ".join(f"{key}={protocol.train[key]}" for key in TOLD if key in protocol.train)
    yield (
        f"One recipe{f' ({recipe})' if recipe else ''}: longer training, another image size or other settings may turn "
        "the order round."
    )
    yield (
        f"Verdicts are on {protocol.metric} of the {protocol.epoch} epoch alone, as study.yaml says. The other numbers "
        "show where a difference comes from; they are many, and some will look clear by chance."
    )


def _ended_early(record: Mapping[str, Any]) -> bool:
    if not isinstance(settings := record.get("settings"), dict):
        return False
    last, asked = record["last"].get("epoch"), settings.get("epochs")
    return isinstance(last, int) and isinstance(asked, int) and last < asked


def _has_latency(results: Results, data: str) -> bool:
    return all(cost.latency for cost in costs(results, data) if cost.arm != results.protocol.baseline)
