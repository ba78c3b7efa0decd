from typing import List, Optional


def mean_without_ends(values: List[float], cut: int) -> Optional[float]:
    """The mean of what is left of values after taking away the cut smallest and the cut largest of them.

    None if nothing is left. values is not changed; cut is not negative.

    >>> mean_without_ends([9.0, 1.0, 2.0, 3.0], 1)
    2.5
    """
    kept = sorted(values)[cut : len(values) - cut] if 2 * cut < len(values) else []
    if not kept:
        return None
    return sum(kept) / len(kept)
