def calculate(text: str) -> int:
    """The value of an expression of whole numbers with +, -, *, unary minus, brackets and blanks.

    * binds stronger than + and -; a unary minus binds strongest and may be repeated (--3 is 3).
    Raises ValueError for anything else, also for an empty text.

    >>> calculate("2 + 3 * -(1 - 4)")
    11
    """
