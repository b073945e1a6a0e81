"""`yolo-slice compare`: trainings side by side."""

from yolo_slice.compare.settings import CompareSettings

EXAMPLE = "runs/detect baseline=yolov8n"
PLACES = ("runs",)


def run(settings: CompareSettings) -> int:
    """Compare, save and print."""
    from yolo_slice.compare.run_folders import find_runs
    from yolo_slice.integration.folders import check_run_folder

    find_runs(settings.runs)
    check_run_folder(settings.project, settings.name)

    from yolo_slice.compare.report import compare_folders, save_comparison
    from yolo_slice.compare.table import markdown

    comparison = compare_folders(settings.runs, settings.baseline, settings.ignore)
    folder = save_comparison(comparison, settings.project, settings.name, settings.exist_ok)
    print(f"\n{markdown(comparison)}\nResults saved to {folder}")
    return 0
