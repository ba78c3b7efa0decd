def word_shift(text: str) -> str:
    """Move every letter a to z and A to Z forward in the alphabet by the number of letters in its word,
    from z on to a again, keeping its case.

    A word is a longest run of such letters; everything else stays as it is.

    >>> word_shift("ab, z!")
    'cd, a!'
    """
