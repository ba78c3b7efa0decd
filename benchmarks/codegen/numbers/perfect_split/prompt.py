def perfect_split(n: int) -> int:
    """The least number of positive perfect squares (1, 4, 9, …) that sum to n; 0 for n = 0.

    n is from 0 to 10000.

    >>> perfect_split(12)
    3
    >>> perfect_split(13)
    2
    """
