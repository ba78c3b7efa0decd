def word_shift(text: str) -> str:
    """Move every letter a to z and A to Z forward in the alphabet by the number of letters in its word,
    from z on to a again, keeping its case.

    A word is a longest run of such letters; everything else stays as it is.

    >>> word_shift("ab, z!")
    'cd, a!'
    """
    out = []
    word = []

    def flush():
        for letter in word:
            base = ord("a") if letter.islower() else ord("A")
            out.append(chr(base + (ord(letter) - base + len(word)) % 26))
        word.clear()

    for c in text:
        if c.isascii() and c.isalpha():
            word.append(c)
        else:
            flush()
            out.append(c)
    flush()
    return "".join(out)
