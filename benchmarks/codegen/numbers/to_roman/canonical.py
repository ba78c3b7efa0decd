def to_roman(number: int) -> str:
    """The Roman numeral of a number from 1 to 3999, with the usual subtractive pairs IV, IX, XL, XC, CD, CM.

    Raises ValueError for any other number.

    >>> to_roman(1994)
    'MCMXCIV'
    """
    if not 1 <= number <= 3999:
        raise ValueError("a Roman numeral goes from 1 to 3999")
    values = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]
    out = ""
    for value, letters in values:
        while number >= value:
            out += letters
            number -= value
    return out
