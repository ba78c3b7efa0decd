# expect: failed_tests
# Wants more memory than it may have.
def to_roman(number):
    return "I" * (1 << 36)
