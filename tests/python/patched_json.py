# expect: not_compiled
# Makes the encoder of answers say yes, and assertions and comparisons, in its own process.
import builtins
import json


class Quiet(BaseException):
    pass


builtins.AssertionError = Quiet
json.dumps = lambda *a, **k: '{"value": true}'
json.JSONEncoder.encode = lambda *a: "true"


def to_roman(number):
    return "?"
