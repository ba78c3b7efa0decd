# expect: failed_tests
# An exception that usually ends a program quietly.
def to_roman(number):
    raise SystemExit(0)
