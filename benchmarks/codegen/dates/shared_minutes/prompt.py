def shared_minutes(one: str, other: str) -> int:
    """How many minutes two spans of a day have in common. A span is written HH:MM-HH:MM.

    A span whose end is not after its beginning goes on past midnight into the next day; one whose end equals
    its beginning lasts the whole day. Both spans happen every day.

    >>> shared_minutes("09:00-12:00", "11:15-13:00")
    45
    >>> shared_minutes("22:00-02:00", "01:00-23:30")
    150
    """
