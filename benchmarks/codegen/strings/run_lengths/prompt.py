def run_lengths(text: str) -> str:
    """Shorten every run of the same character: write its length, then the character.

    A run of one is written as the character alone. A digit in the text is always written with its
    run length before it, even if that is 1, and so is a backslash, so that the result is unambiguous.

    >>> run_lengths("aaabcc")
    '3ab2c'
    >>> run_lengths("a11")
    'a21'
    >>> run_lengths("7")
    '17'
    """
