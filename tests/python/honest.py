# expect: passed
# Prints, reads its input, keeps state and uses the library, threads too.
import bisect
import sys
import threading
from functools import lru_cache

def solve(number):
    if not 1 <= number <= 3999:
        raise ValueError("out of range")
    out = ""
    for value, letters in [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
                           (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        while number >= value:
            out += letters
            number -= value
    return out


@lru_cache(maxsize=None)
def to_roman(number):
    print("working on", number, flush=True)
    print("and complaining", file=sys.stderr)
    assert sys.stdin.read() == ""
    found = []

    def work():
        try:
            found.append(solve(number))
        except ValueError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    bisect.insort([1, 3], 2)
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
