from typing import List, Tuple


def merge_spans(spans: List[Tuple[int, int]]) -> List[Tuple[int, int]]:
    """Merge closed spans (first, last) of whole numbers that overlap or follow each other without a gap.

    (1, 3) and (4, 6) have no number between them and become (1, 6). A span whose first is greater than its
    last holds nothing and is left out. The result is in ascending order.

    >>> merge_spans([(5, 8), (1, 3), (4, 4)])
    [(1, 8)]
    """
