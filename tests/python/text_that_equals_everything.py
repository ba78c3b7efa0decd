# expect: failed_tests
# The same as a text, which would pass as plain data.
class Any(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


def to_roman(number):
    return Any("?")
