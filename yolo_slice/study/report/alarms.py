"""What a reader must know before the numbers: what is missing, and what makes them unfair."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

from yolo_slice.compare.recipe import IDLE, differences
from yolo_slice.compare.wording import listed
from yolo_slice.study.protocol import Protocol
from yolo_slice.study.report.costs import costs
from yolo_slice.study.report.results import Results

SHOWN = 20  # cells named in one list


def alarms(results: Results) -> Iterator[str]:
    """Say it, a sentence each."""
    outcomes, protocol = results.outcomes, results.protocol
    finished = sum(one.state == "finished" for one in outcomes)
    if finished < len(outcomes):
        yield (
            f"{finished} of {len(outcomes)} runs are finished. Every verdict below is provisional: it is over the "
            "seeds that both arms have finished, and nothing is put in place of what is missing."
        )
    for state in ("failed", "missing"):
        told = [
            one.cell.title + (f" ({one.why})" if state == "failed" else "") for one in outcomes if one.state == state
        ]
        if told:
            rest = [f"{len(told) - SHOWN} more"] if len(told) > SHOWN else []
            yield f"{state}: {len(told)} of {len(outcomes)} runs: {'; '.join([*told[:SHOWN], *rest])}"
    if results.strays:
        yield f"not in study.yaml, and counted nowhere: {listed([*results.strays[:SHOWN]])}"
    yield from _before_the_protocol(results)
    for data in protocol.data:
        yield from (f"{data}: {text}" for text in _unequal(results, data))


def _before_the_protocol(results: Results) -> Iterator[str]:
    """Say whether a training began before it was written down what would be concluded from it."""
    written = _moment(results.protocol.written)
    for one in results.outcomes:
        began = _moment(one.record.get("started"))
        if written and began and began < written:
            yield (
                f"study.yaml was written {results.protocol.written}, after {one.cell.title} had begun "
                f"({one.record['started']}): what is concluded was not settled before the results"
            )
            return


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _unequal(results: Results, data: str) -> Iterator[str]:
    """Say in what the runs on one data set differ that they should not."""
    records = [one.record for one in results.finished(data)]
    told = [
        {key: str(value) for key, value in settings.items() if key not in IDLE and key != "data"}
        for record in records
        if isinstance(settings := record.get("settings"), dict)
    ]
    yield from _unlike_the_protocol(told, results.protocol)
    shared = set.intersection(*map(set, told)) if told else set()
    if found := differences(told, shared):
        texts = [f"{key} {listed(sorted({str(value) for value in values}))}" for key, values in found.items()]
        yield f"the runs were not trained alike: {'; '.join(texts)}. A difference may be one between these settings"
    known = [record["versions"] if isinstance(record.get("versions"), dict) else {} for record in records]
    versions = [{**one, "yolo-slice (git)": record.get("git")} for one, record in zip(known, records, strict=True)]
    for name in dict.fromkeys(name for version in versions for name in version):
        if len(found := sorted({str(version.get(name)) for version in versions})) > 1:
            yield f"the runs are of different versions of {name}: {listed(found)}"
    if len(devices := sorted({str(record.get("device")) for record in records})) > 1:
        yield f"the runs are of different devices: {listed(devices)}; two devices give slightly different numbers"
    for cost in costs(results, data):
        if results.finished(data, cost.arm) and cost.parameters is None:
            yield f"the runs of {cost.arm} do not all have the same number of parameters, or do not tell it"


def _unlike_the_protocol(told: Sequence[Mapping[str, str]], protocol: Protocol) -> Iterator[str]:
    """Say which settings are not those of study.yaml; what `auto` chose is what was asked for."""
    for key, asked in protocol.train.items():
        found = sorted({settings[key] for settings in told if key in settings} - {str(asked)})
        if found and asked != "auto":
            yield f"not trained as study.yaml says: {key} {listed(found)}, not {asked}"
