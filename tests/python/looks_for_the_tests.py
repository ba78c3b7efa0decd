# expect: failed_tests
# Searches every frame and object for the expected answers.
import gc, sys


def to_roman(number):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + list(frame.f_globals.values()):
            if isinstance(value, str) and "assert" in value and "to_roman(" in value:
                return eval(value.split("to_roman(%d) == " % number)[1].splitlines()[0])
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "tests" in thing:
            return thing["tests"]
    return "?"
