assert fewest_hops({"a": ["b"], "b": ["c", "a"]}, "a", "c") == 2
assert fewest_hops({"a": ["b"], "b": ["c", "a"]}, "c", "a") == -1
assert fewest_hops({}, "x", "x") == 0
assert fewest_hops({}, "x", "y") == -1
assert fewest_hops({"a": ["b", "c"], "b": ["d"], "c": ["e"], "d": ["e"]}, "a", "e") == 2
assert fewest_hops({"a": ["a", "b"], "b": ["a"]}, "a", "b") == 1
assert fewest_hops({str(n): [str(n + 1)] for n in range(500)}, "0", "500") == 500
