import datetime


def working_day(date: str, days: int) -> str:
    """The date (YYYY-MM-DD) that is so many working days after the given one; before it, if days is negative.

    Working days are Monday to Friday. The given date itself does not count, working day or not. For 0 days
    it is the given date.

    >>> working_day("2024-03-01", 1)
    '2024-03-04'
    """
