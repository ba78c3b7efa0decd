"""Plain data <-> JSON text, the same on both sides: nothing but built-in values crosses between the processes."""
import json as _json
import math as _math

_MOST = 1_000_000
_DEEPEST = 150


class Other:
    """A value that is no plain data: equal to nothing but itself."""

    def __init__(self, name):
        self._name = str(name)[:80]

    def __repr__(self):
        return "<" + self._name + ">"


def encode(value):
    left = [_MOST]
    return _json.dumps(_flat(value, 0, left), separators=(",", ":"))


def _flat(x, depth, left):
    left[0] -= 1
    kind = type(x)
    if left[0] < 0 or depth > _DEEPEST:
        raise ValueError("the value is too large or too deep")
    if x is None or kind is bool:
        return x
    down = depth + 1
    if issubclass(kind, int):
        x = int.__int__(x)
        return x if -(1 << 53) < x < (1 << 53) else {"$": "int", "v": hex(x)}
    if issubclass(kind, float):
        x = float.__float__(x)
        return x if _math.isfinite(x) else {"$": "float", "v": repr(x)}
    if issubclass(kind, str):
        left[0] -= len(x) >> 3
        return str.__str__(x)
    if issubclass(kind, list):
        return [_flat(item, down, left) for item in list.__iter__(x)]
    if issubclass(kind, tuple):
        return {"$": "tuple", "v": [_flat(item, down, left) for item in tuple.__iter__(x)]}
    if issubclass(kind, dict):
        pairs = [[_flat(k, down, left), _flat(v, down, left)] for k, v in dict.items(x)]
        return {"$": "dict", "v": pairs}
    if issubclass(kind, (set, frozenset)):
        base = set if issubclass(kind, set) else frozenset
        return {"$": base.__name__, "v": [_flat(item, down, left) for item in base.__iter__(x)]}
    if issubclass(kind, (bytes, bytearray)):
        return {"$": "bytes", "v": bytes(x).hex()}
    if kind is complex:
        return {"$": "complex", "v": [repr(x.real), repr(x.imag)]}
    if kind is range:
        return {"$": "range", "v": [x.start, x.stop, x.step]}
    return {"$": "other", "v": str(kind.__name__)[:80]}


_BUILD = {
    "int": lambda v: int(v, 16),
    "float": float,
    "tuple": lambda v: tuple(_solid(v)),
    "dict": lambda v: {_solid(k): _solid(w) for k, w in v},
    "set": lambda v: set(_solid(v)),
    "frozenset": lambda v: frozenset(_solid(v)),
    "bytes": bytes.fromhex,
    "complex": lambda v: complex(*map(float, v)) if type(v) is list else complex(v),
    "range": lambda v: range(*v),
    "other": Other,
}


def decode(text):
    return _solid(_json.loads(text))


def _solid(x):
    if type(x) is list:
        return [_solid(item) for item in x]
    if type(x) is dict:
        if x.keys() == {"$", "v"}:
            return _BUILD[x["$"]](x["v"])
        # only in inputs as a data set has them
        return {key: _solid(value) for key, value in x.items()}
    return x
