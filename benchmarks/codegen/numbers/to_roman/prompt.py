def to_roman(number: int) -> str:
    """The Roman numeral of a number from 1 to 3999, with the usual subtractive pairs IV, IX, XL, XC, CD, CM.

    Raises ValueError for any other number.

    >>> to_roman(1994)
    'MCMXCIV'
    """
