"""Replays calls of one function that were recorded while a program of yours ran; written by `lessonl init --project --from`.

    replay.py record    what the function gives now is what is right; says how many calls repeat themselves
    replay.py check     exit code 0 if the function gives the same
    replay.py bench     makes the calls so often that it can be timed

Stands beside calls.pickle and calls.json. They are private: lessonl sends them to no model.
"""
import importlib
import io
import itertools
import json
import math
import os
import pickle
import sys
import time
import types

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "calls.json")) as opened:
    PLAN = json.load(opened)


def load():
    """The function as it is in this folder's project."""
    sys.path.insert(0, os.path.join(os.getcwd(), PLAN["root"]))
    found = importlib.import_module(PLAN["module"])
    MODULE.append(found)
    for part in PLAN["function"].split("."):
        found = getattr(found, part)
    return found


MODULE = []


class Reader(pickle.Unpickler):
    """What the program had in its main file is in the module here."""

    def find_class(self, module, name):
        if module == "__main__" and MODULE:
            found = MODULE[0]
            for part in name.split("."):
                found = getattr(found, part)
            return found
        return super().find_class(module, name)


def read(call):
    return Reader(io.BytesIO(call)).load()


def outcome(function, call):
    args, keywords = read(call)
    try:
        result = function(*args, **keywords)
        if isinstance(result, types.GeneratorType):
            result = list(result)
        kind = "returns"
    except Exception as error:
        kind, result = "raises", type(error).__name__
    return kind, result, args, keywords


def same(a, b, depth=0):
    """Equal in type and value; reals up to rounding, objects by what they hold."""
    if a is b:
        return True
    if type(a) is not type(b):
        # Of a class that was loaded anew.
        if type(a).__name__ != type(b).__name__ or not hasattr(a, "__dict__"):
            return False
    if depth > 60:
        return True
    if hasattr(a, "__next__"):
        # What is left in it is all that can be seen of an iterator.
        return same(list(itertools.islice(a, 10000)), list(itertools.islice(b, 10000)), depth + 1)
    if isinstance(a, float):
        return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, depth + 1) for x, y in zip(a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key], depth + 1) for key in a)
    try:
        equal = a == b
        if isinstance(equal, bool) and (equal or type(a).__eq__ is not object.__eq__):
            return equal
        if hasattr(equal, "all"):
            return bool(equal.all())
    except Exception:
        pass
    if hasattr(a, "__dict__"):
        return same(vars(a), vars(b), depth + 1)
    try:
        return pickle.dumps(a) == pickle.dumps(b)
    except Exception:
        return False


def calls():
    with open(os.path.join(HERE, "calls.pickle"), "rb") as opened:
        return pickle.load(opened)


def expected():
    with open(os.path.join(HERE, "expected.pickle"), "rb") as opened:
        return pickle.load(opened)


def record():
    function = load()
    kept, right, took = [], [], 0.0
    left = {}
    for call in calls():
        try:
            first = outcome(function, call)
            begun = time.perf_counter()
            again = outcome(function, call)
            long = time.perf_counter() - begun
            stored = pickle.dumps(first, protocol=4)
        except Exception as error:
            why = "cannot be repeated: " + str(error)[:120]
            left[why] = left.get(why, 0) + 1
            continue
        # As it will be compared: after having been stored.
        if not same(read(stored), again) or not same(read(stored), outcome(function, call)):
            left["gives something else each time"] = left.get("gives something else each time", 0) + 1
            continue
        kept.append(call)
        right.append(stored)
        took += long
    with open(os.path.join(HERE, "calls.pickle"), "wb") as opened:
        pickle.dump(kept, opened, protocol=4)
    with open(os.path.join(HERE, "expected.pickle"), "wb") as opened:
        pickle.dump(right, opened, protocol=4)
    PLAN["times"] = max(1, min(100000, math.ceil(0.5 / max(took, 1e-6))))
    with open(os.path.join(HERE, "calls.json"), "w") as opened:
        json.dump(PLAN, opened)
    print(json.dumps({"kept": len(kept), "left": left, "seconds": took}))


def check():
    function = load()
    for number, (call, right) in enumerate(zip(calls(), expected())):
        wanted, got = read(right), outcome(function, call)
        for what, a, b in zip(("ends", "gives", "leaves its arguments as", "leaves its keywords as"), wanted, got):
            if not same(a, b):
                print("AssertionError: call %d of %s %s %.300r, should be %.300r" % (number, PLAN["function"], what, b, a))
                return 1
    print("%d recorded calls give what they gave" % (number + 1))
    return 0


def bench():
    function = load()
    for _ in range(PLAN["times"]):
        for call in CALLS:
            args, keywords = read(call)
            try:
                result = function(*args, **keywords)
                if isinstance(result, types.GeneratorType):
                    for _each in result:
                        pass
            except Exception:
                pass


if __name__ == "__main__":
    if sys.argv[1:] == ["record"]:
        record()
    elif sys.argv[1:] == ["check"]:
        sys.exit(check())
    elif sys.argv[1:] == ["bench"]:
        CALLS = calls()
        bench()
    else:
        sys.exit("replay.py record | check | bench")
