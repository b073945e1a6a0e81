"""`yolo-slice check`: what is live, what is broken."""

from dataclasses import dataclass

EXAMPLE = ""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Show versions, which hooks are live, what is broken and how to mend it."""


def run(_: CheckSettings) -> int:
    """Print what was examined; exit status 1 if anything is broken."""
    from yolo_slice.integration.health import examine

    results = examine()
    for result in results:
        print(f"{'ok    ' if result.is_well else 'BROKEN'}  {result.title}: {result.found}")
        if not result.is_well:
            print(f"        mend: {result.mend}")
    return 0 if all(result.is_well for result in results) else 1
