def calculate(text: str) -> int:
    """The value of an expression of whole numbers with +, -, *, unary minus, brackets and blanks.

    * binds stronger than + and -; a unary minus binds strongest and may be repeated (--3 is 3).
    Raises ValueError for anything else, also for an empty text.

    >>> calculate("2 + 3 * -(1 - 4)")
    11
    """
    at = 0

    def skip():
        nonlocal at
        while at < len(text) and text[at] == " ":
            at += 1
        return text[at] if at < len(text) else ""

    def factor():
        nonlocal at
        c = skip()
        if c == "-":
            at += 1
            return -factor()
        if c == "(":
            at += 1
            value = total()
            if skip() != ")":
                raise ValueError("a bracket is not closed")
            at += 1
            return value
        begin = at
        while at < len(text) and text[at] in "0123456789":
            at += 1
        if begin == at:
            raise ValueError("a number is missing")
        return int(text[begin:at])

    def product():
        nonlocal at
        value = factor()
        while skip() == "*":
            at += 1
            value *= factor()
        return value

    def total():
        nonlocal at
        value = product()
        while skip() in ("+", "-"):
            sign = 1 if text[at] == "+" else -1
            at += 1
            value += sign * product()
        return value

    value = total()
    if skip():
        raise ValueError("something is left over")
    return value
