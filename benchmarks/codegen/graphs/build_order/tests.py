assert build_order({}) == []
assert build_order({"app": ["lib"], "test": ["app", "lib"]}) == ["lib", "app", "test"]
assert build_order({"b": [], "a": []}) == ["a", "b"]
assert build_order({"a": ["z"], "m": []}) == ["m", "z", "a"]
assert build_order({"a": ["b"], "b": ["a"]}) is None
assert build_order({"a": ["a"]}) is None
assert build_order({"a": ["c", "c"], "b": []}) == ["b", "c", "a"]
