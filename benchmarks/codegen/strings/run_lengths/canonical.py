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
    out = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == text[at]:
            end += 1
        run = end - at
        if run > 1 or text[at].isdigit() or text[at] == "\\":
            out.append(str(run))
        out.append(text[at])
        at = end
    return "".join(out)
