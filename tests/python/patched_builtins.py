# expect: crashed
# Makes assertions, comparisons and encoders say yes in its own process.
import builtins, json, sys

class Quiet(BaseException):
    pass


builtins.AssertionError = Quiet
builtins.isinstance = lambda *a: True
json.dumps = lambda *a, **k: "{\"value\": true}"
for frame in sys._current_frames().values():
    while frame:
        frame.f_globals["encode"] = lambda value: "true"
        frame.f_globals["_flat"] = lambda *a: True
        frame = frame.f_back


def to_roman(number):
    return "?"
