"""VALID or INVALID: whether a run of the benchmark could have told a model from itself."""

from yolo_slice.bench.ratios import Ratio

WIDEST = 0.05  # half of the interval of the baseline against itself
ONE = 0.005  # what is 1.00 when it is printed
LONGEST_WAIT = 0.20  # share of the wall time in which a model with one thread did not run


def invalid_because(again: Ratio, wall_s: float, busy_s: float, is_one_thread: bool) -> str:
    """Say why no ratio of a run may be believed; empty if they may.

    Args:
        again: The baseline's second copy to the baseline, by the time that decides.
        wall_s: Of all rounds.
        busy_s: Of all rounds.
        is_one_thread: Whether one CPU thread was to do all the work, so that both should be the same.

    Example:
        >>> invalid_because(Ratio(1.001, 0.98, 1.03), 10.0, 9.9, True)
        ''
        >>> invalid_because(Ratio(1.001, 0.92, 1.06), 10.0, 9.9, True)
        'too noisy: the baseline against itself is 1.00 [0.92, 1.06], wider than ±5 %'
    """
    told = f"the baseline against itself is {again.ratio:.2f} [{again.low:.2f}, {again.high:.2f}]"
    waited = 1 - busy_s / wall_s
    if is_one_thread and waited > LONGEST_WAIT:
        return f"a busy machine: the models waited {waited:.0%} of the time for their core ({told})"
    if is_one_thread and -waited > LONGEST_WAIT:
        return f"more than one thread ran: {busy_s / wall_s:.2f} s of processor time in each second"
    if (again.high - again.low) / 2 > WIDEST:
        return f"too noisy: {told}, wider than ±{WIDEST:.0%}".replace("5%", "5 %")
    if again.low >= 1 + ONE or again.high <= 1 - ONE:
        return f"biased: {told}, which is not 1.00"
    return ""
