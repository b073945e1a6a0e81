"""The printed table of a conversion."""

from yolo_slice.transfer.layer_report import LayerReport, report_table


def test_the_table_says_what_is_exact_and_what_was_learnt() -> None:
    exact = LayerReport(1, "SPDConv [64]", (18_560, 36_992), 1.0, (1.0, 1.0))
    fitted = LayerReport(17, "SliceSamp [256]", (590_336, 268_800), 0.98765, (0.9, 0.951), "SiLU last")
    assert report_table([exact, fitted]).splitlines() == [
        "layer  becomes          parameters          R2 of output  R2 of features",
        "1      SPDConv [64]     18,560 -> 36,992    exact         exact",
        "17     SliceSamp [256]  590,336 -> 268,800  0.988         0.900 -> 0.951  SiLU last",
    ]
