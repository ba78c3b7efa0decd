import datetime


def working_day(date: str, days: int) -> str:
    """The date (YYYY-MM-DD) that is so many working days after the given one; before it, if days is negative.

    Working days are Monday to Friday. The given date itself does not count, working day or not. For 0 days
    it is the given date.

    >>> working_day("2024-03-01", 1)
    '2024-03-04'
    """
    day = datetime.date.fromisoformat(date)
    step = datetime.timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        if day.weekday() < 5:
            left -= 1
    return day.isoformat()
