"""`yolo-slice data check`: what is wrong with a data set."""

from yolo_slice.data.settings import CheckDataSettings, read_names

EXAMPLE = "my-data html=report.html"
PLACES = ("data",)


def run(settings: CheckDataSettings) -> int:
    """Check; print the report, and exit with 1 if there is an error in it (warnings do not count)."""
    from yolo_slice.data import check_dataset, save_html

    report = check_dataset(settings.data, settings.imgsz, read_names(settings.names), settings.format)
    if settings.json:
        report.save_json(settings.json)
    if settings.html:
        save_html(report, settings.html)
    print(*report.lines(), sep="\n")
    return 0 if report.is_sound else 1
