"""`yolo-slice cam score`: what a network looks at, in numbers."""

from yolo_slice.cam.score.settings import ScoreSettings

EXAMPLE = "model=a.pt,b.pt data=voc.yaml method=gradcam,eigencam"


def run(settings: ScoreSettings) -> int:
    """Measure, and print the rows of all classes together."""
    from yolo_slice.cam.opening import check_score

    check_score(settings)

    from yolo_slice.cam.score.run import score_maps
    from yolo_slice.cam.score.table import ALL, to_markdown

    folder, rows = score_maps(settings)
    print(to_markdown([row for row in rows if row.class_name == ALL]))
    print(f"tables with every class in {folder}")
    return 0
