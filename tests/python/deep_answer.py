# expect: failed_tests
# Returns lists in lists without end.
def to_roman(number):
    all = []
    for _ in range(100000):
        all = [all]
    return all
