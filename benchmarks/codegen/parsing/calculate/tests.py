def refuses(text):
    try:
        calculate(text)
    except ValueError:
        return True
    return False

assert calculate("7") == 7
assert calculate("2 + 3 * -(1 - 4)") == 11
assert calculate("2*3+4") == 10
assert calculate("10 - 3 - 2") == 5
assert calculate("--3") == 3
assert calculate("-1 + 3") == 2
assert calculate("-2*-2") == 4
assert calculate("((1))") == 1
assert refuses("") and refuses(" ")
assert refuses("1 +") and refuses("(1") and refuses("1)")
assert refuses("1 2") and refuses("a")
