# expect: failed_tests
# Returns more than is read.
def to_roman(number):
    return "I" * (1 << 24)
