"""Kept as sitecustomize.py while a person's Python program runs: keeps what calls of one function are handed.

Reads the plan and writes the calls where LESSONL_TRACE says. Changes nothing that the program sees but its pace.
"""
import json
import os
import pickle
import sys
import threading


def begin(plan):
    wanted, first, last, name = plan["file"], plan["first"], plan["last"], plan["function"]
    state = {"hits": 0, "left": {}, "module": None, "root": None, "size": 0}
    calls, seen, codes, lock = [], set(), {}, threading.Lock()

    def is_it(code):
        known = codes.get(code)
        if known is None:
            known = codes[code] = (
                code.co_name == name
                and first <= code.co_firstlineno <= last
                and os.path.realpath(code.co_filename) == wanted
            )
        return known

    def left(why):
        state["left"][why] = state["left"].get(why, 0) + 1

    def keep(frame):
        code = frame.f_code
        state["hits"] += 1
        if code.co_flags & 0x80 or code.co_flags & 0x200:
            return left("it is a coroutine")
        names, found = code.co_varnames, frame.f_locals
        count = code.co_argcount
        at = count + code.co_kwonlyargcount
        try:
            args = [found[one] for one in names[:count]]
            keywords = {one: found[one] for one in names[count:at]}
            if code.co_flags & 0x04:
                args += list(found[names[at]])
                at += 1
            if code.co_flags & 0x08:
                keywords.update(found[names[at]])
            call = pickle.dumps((args, keywords), protocol=4)
        except Exception as error:
            return left("an argument cannot be kept: " + str(error)[:120])
        if len(call) > plan["each"]:
            return left("larger than %d KiB" % (plan["each"] >> 10))
        if call in seen:
            return None
        seen.add(call)
        state["size"] += len(call)
        calls.append(call)
        state["module"] = frame.f_globals.get("__name__")
        return None

    def look(frame, event, _):
        if event != "call" or not is_it(frame.f_code):
            return
        with lock:
            if len(calls) < plan["calls"] and state["size"] < plan["all"]:
                sys.setprofile(None)
                try:
                    keep(frame)
                finally:
                    sys.setprofile(look)
            else:
                sys.setprofile(None)
                threading.setprofile(None)

    def end():
        sys.setprofile(None)
        if not calls and not state["hits"]:
            return
        with open(plan["calls_file"], "wb") as opened:
            pickle.dump(calls, opened, protocol=4)
        with open(plan["said"], "w") as opened:
            json.dump(state, opened)

    import atexit

    atexit.register(end)
    threading.setprofile(look)
    sys.setprofile(look)


if os.environ.get("LESSONL_TRACE"):
    with open(os.environ["LESSONL_TRACE"]) as opened_:
        begin(json.load(opened_))
