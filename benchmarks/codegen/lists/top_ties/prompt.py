from typing import List


def top_ties(words: List[str], k: int) -> List[str]:
    """The k most frequent words, most frequent first, equally frequent ones in alphabetical order.

    If words after the k-th are as frequent as the k-th, they are in the result, too. k is at least 0.

    >>> top_ties(["b", "a", "b", "c", "a"], 1)
    ['a', 'b']
    """
