"""Student's t distribution, which neither Python nor numpy has."""

import math
from functools import cache


def inside(t: float, df: int) -> float:
    """Return the probability of -t..t (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4: finite sums, exact for whole df).

    Args:
        t: At least 0.
        df: Degrees of freedom, at least 1.

    Example:
        >>> round(inside(1, 1), 12), round(inside(math.sqrt(2), 2), 12)
        (0.5, 0.707106781187)
    """
    angle = math.atan2(t, math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    term = cosine if df % 2 else 1.0
    total = 0.0 if df == 1 else term
    for power in range(df % 2, df - 2, 2):
        term *= (power + 1) / (power + 2) * cosine**2
        total += term
    probability = sine * total if df % 2 == 0 else 2 / math.pi * (angle + sine * total)
    return min(probability, 1.0)


@cache
def limit(probability: float, df: int) -> float:
    """Return the t for which `inside` is this probability, by bisection.

    Example:
        >>> round(limit(0.95, 2), 4), round(limit(0.95, 4), 4)
        (4.3027, 2.7764)
    """
    low, high = 0.0, 1.0
    while inside(high, df) < probability:
        high *= 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if inside(middle, df) < probability else (low, middle)
    return high
