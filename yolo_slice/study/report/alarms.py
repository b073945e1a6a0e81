"""What a reader must know before the numbers: what is missing, and what makes them unfair."""

from collections.abc import Iterator

from yolo_slice.compare.recipe import IDLE, differences
from yolo_slice.compare.wording import listed
from yolo_slice.study.report.costs import costs
from yolo_slice.study.report.results import Results

SHOWN = 20  # cells named in one list


def alarms(results: Results) -> Iterator[str]:
    """Say it, a sentence each."""
    cells, protocol = results.cells, results.protocol
    finished = sum(cell.state == "finished" for cell in cells)
    if finished < len(cells):
        yield (
            f"{finished} of {len(cells)} runs are finished. Every verdict below is provisional: it is over the seeds "
            "that both arms have finished, and nothing is put in place of what is missing."
        )
    for state in ("failed", "missing"):
        found = [str(cell) + (f" ({cell.why})" if state == "failed" else "") for cell in cells if cell.state == state]
        if found:
            rest = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
            yield f"{state}: {len(found)} of {len(cells)} runs: {'; '.join([*found[:SHOWN], *rest])}"
    if results.strays:
        yield f"not in study.yaml, and counted nowhere: {listed([*results.strays[:SHOWN]])}"
    for data in protocol.data:
        yield from (f"{data}: {text}" for text in _unequal(results, data))


def _unequal(results: Results, data: str) -> Iterator[str]:
    """Say in what the runs on one data set differ that they should not."""
    records = [cell.record for cell in results.finished(data)]
    told = [
        {key: str(value) for key, value in settings.items() if key not in IDLE and key != "data"}
        for record in records
        if isinstance(settings := record.get("settings"), dict)
    ]
    shared = set.intersection(*map(set, told)) if told else set()
    if found := differences(told, shared):
        texts = [f"{key} {listed(sorted({str(value) for value in values}))}" for key, values in found.items()]
        yield f"the runs were not trained alike: {'; '.join(texts)}. A difference may be one between these settings"
    versions = [record["versions"] for record in records if isinstance(record.get("versions"), dict)]
    for name in dict.fromkeys(name for version in versions for name in version):
        if len(found := sorted({str(version.get(name)) for version in versions})) > 1:
            yield f"the runs are of different versions of {name}: {listed(found)}"
    if len(devices := sorted({str(record.get("device")) for record in records})) > 1:
        yield f"the runs are of different devices: {listed(devices)}; two devices give slightly different numbers"
    for cost in costs(results, data):
        if results.finished(data, cost.arm) and cost.parameters is None:
            yield f"the runs of {cost.arm} do not all have the same number of parameters, or do not tell it"
