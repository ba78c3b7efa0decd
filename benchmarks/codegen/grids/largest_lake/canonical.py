from typing import List


def largest_lake(rows: List[str]) -> int:
    """The number of cells of the largest lake on a map; 0 if there is none.

    A cell is water if it is '~'. Two water cells belong to the same lake if they touch on a side; corners
    do not count. Rows may differ in length; where a row has no cell, there is land.

    >>> largest_lake(["~~.", ".~~", "~.."])
    4
    """
    water = {(y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "~"}
    largest = 0
    while water:
        lake = [water.pop()]
        size = 0
        while lake:
            y, x = lake.pop()
            size += 1
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if near in water:
                    water.remove(near)
                    lake.append(near)
        largest = max(largest, size)
    return largest
