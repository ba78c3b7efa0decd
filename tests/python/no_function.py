# expect: not_compiled
# Defines another function.
def roman(number):
    return "I"
