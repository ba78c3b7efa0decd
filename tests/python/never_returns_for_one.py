# expect: failed_tests
# Does not return for one input; the other tests still count.
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


def to_roman(number):
    while number == 90:
        pass
    return solve(number)
