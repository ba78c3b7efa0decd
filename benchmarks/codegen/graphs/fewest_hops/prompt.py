from typing import Dict, List


def fewest_hops(roads: Dict[str, List[str]], start: str, goal: str) -> int:
    """The least number of roads on a way from start to goal, -1 if there is none.

    roads gives for a place the places one road leads to, one way only. A place that is only led to may be
    missing as a key. From a place to itself it is 0 roads, whatever place it is.

    >>> fewest_hops({"a": ["b"], "b": ["c", "a"]}, "a", "c")
    2
    """
