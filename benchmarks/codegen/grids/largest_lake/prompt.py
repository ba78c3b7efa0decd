from typing import List


def largest_lake(rows: List[str]) -> int:
    """The number of cells of the largest lake on a map; 0 if there is none.

    A cell is water if it is '~'. Two water cells belong to the same lake if they touch on a side; corners
    do not count. Rows may differ in length; where a row has no cell, there is land.

    >>> largest_lake(["~~.", ".~~", "~.."])
    4
    """
