"""Numbers as a reader sees them."""

from collections.abc import Sequence

from yolo_slice.compare.paired import Paired

NOTHING = "-"


def plain(number: float | None, digits: int = 3) -> str:
    """Write a number."""
    return NOTHING if number is None else f"{number:,.{digits}f}"


def signed(number: float | None) -> str:
    """Write a difference of 0..1.

    Example:
        >>> signed(-0.0384), signed(0.0), signed(None)
        ('-0.038', '+0.000', '-')
    """
    return NOTHING if number is None else f"{number:+.3f}".replace("-0.000", "+0.000")


def spread(mean: float | None, deviation: float | None) -> str:
    """Write mean ± standard deviation.

    Example:
        >>> spread(0.5132, 0.0041), spread(0.02, None), spread(None, None)
        ('0.513 ± 0.004', '0.020', '-')
    """
    return plain(mean) + ("" if deviation is None else f" ± {deviation:.3f}")


def difference(pair: Paired | None) -> str:
    """Write a difference and its interval.

    Example:
        >>> difference(Paired((0, 1), -0.04, -0.05, -0.03)), difference(Paired((0,), 0.01))
        ('-0.040 [-0.050, -0.030]', '+0.010')
    """
    if pair is None:
        return ""
    return signed(pair.mean) + ("" if pair.low is None else f" [{signed(pair.low)}, {signed(pair.high)}]")


def wins(pair: Paired | None) -> str:
    """Write in how many seeds an arm is higher, such as `4 of 5` or `1 of 3, 2 equal`."""
    if pair is None or not pair.seeds:
        return "" if pair is None else NOTHING
    return f"{pair.wins} of {len(pair.seeds)}" + (f", {pair.ties} equal" if pair.ties else "")


def probability(p: float | None) -> str:
    """Write a p-value.

    Example:
        >>> probability(0.0312), probability(0.00001), probability(None)
        ('0.031', '< 0.001', '-')
    """
    if p is None:
        return NOTHING
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def counted(number: int, name: str) -> str:
    """Write a number of things.

    Example:
        >>> counted(1, "seed"), counted(5, "seed")
        ('1 seed', '5 seeds')
    """
    return f"{number} {name}{'s' * (number != 1)}"


def listed(names: Sequence[str]) -> str:
    """Join names.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"])
        ('a', 'a, b and c')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
