# expect: not_compiled
# Is no Python.
def to_roman(number)
    return "I"
