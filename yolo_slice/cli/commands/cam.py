"""`yolo-slice cam`: what a network looks at, in pictures."""

from yolo_slice.cam.run.settings import CamSettings

EXAMPLE = "model=best.pt source=image.jpg classes=person,horse"


def run(settings: CamSettings) -> int:
    """Draw the maps and say where they are."""
    from yolo_slice.cam.opening import check_run

    check_run(settings)
    if settings.draws_sampling:
        from yolo_slice.cam.sampling.run import draw_sampling

        print(f"pictures in {draw_sampling(settings)}")
        return 0

    from yolo_slice.cam.run.run import draw_maps

    print(f"maps in {draw_maps(settings)}")
    return 0
