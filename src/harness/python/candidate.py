"""The candidate's side: loads a source, calls its function as told, hands back what it returned. Decides nothing."""
import os as _os
import sys as _sys


def _serve():
    receive = _os.fdopen(_os.dup(0), "rb")
    send = _os.dup(1)
    null = _os.open("/dev/null", _os.O_RDWR)
    for number in (0, 1, 2):
        _os.dup2(null, number)
    _sys.path[:] = [entry for entry in _sys.path if entry]
    loads, dumps = _json.loads, _json.dumps
    to_text, to_value = encode, decode

    def tell(text):
        data = text.encode("utf-8", "replace") + b"\n"
        while data:
            data = data[_os.write(send, data):]

    def words(error):
        line = ""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "candidate.py":
                line = " (line %d)" % trace.tb_lineno
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename == "candidate.py":
            line = " (line %s)" % error.lineno
        try:
            message = str(error.msg if isinstance(error, SyntaxError) else error)
        except BaseException:
            message = ""
        message = message[:300]
        return type(error).__name__[:80] + (": " if message else "") + message + line

    task = loads(receive.readline())
    space = {"__name__": "candidate", "__builtins__": __builtins__}
    try:
        exec(compile(task["preamble"], "preamble.py", "exec"), space)
        exec(compile(task["source"], "candidate.py", "exec"), space)
    except BaseException as error:
        return tell(dumps({"failed": words(error)}))
    function = space.get(task["entry"])
    if not callable(function):
        return tell(dumps({"failed": "there is no function `%s` in it" % task["entry"]}))
    tell(dumps({"ready": True}))
    while True:
        line = receive.readline()
        if not line:
            return
        ticket, _, text = line.decode().partition(" ")
        try:
            args, kwargs = to_value(text)
            before = to_text(args)
            try:
                value = function(*args, **kwargs)
                answer = '{"value":%s' % to_text(value)
                after = to_text(args)
                answer += ',"args":%s}' % after if after != before else "}"
            except BaseException as error:
                answer = dumps({"raised": type(error).__name__[:80], "words": words(error)})
        except BaseException as error:
            answer = dumps({"raised": "RuntimeError", "words": words(error)})
        tell(ticket + " " + answer)


_serve()
