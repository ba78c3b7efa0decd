def refuses(number):
    try:
        to_roman(number)
    except ValueError:
        return True
    return False

assert to_roman(1) == "I"
assert to_roman(4) == "IV"
assert to_roman(1994) == "MCMXCIV"
assert to_roman(3999) == "MMMCMXCIX"
assert to_roman(448) == "CDXLVIII"
assert to_roman(90) == "XC"
assert refuses(0) and refuses(-3)
assert refuses(4000)
