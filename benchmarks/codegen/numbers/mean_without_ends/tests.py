def unchanged():
    values = [3.0, 1.0, 2.0]
    mean_without_ends(values, 1)
    return values == [3.0, 1.0, 2.0]

assert mean_without_ends([], 0) is None
assert mean_without_ends([9.0, 1.0, 2.0, 3.0], 1) == 2.5
assert mean_without_ends([5.0], 0) == 5.0
assert mean_without_ends([1.0, 2.0], 1) is None
assert mean_without_ends([1.0, 2.0, 3.0], 5) is None
assert abs(mean_without_ends([0.1, 0.2, 0.3, 7.0], 0) - 1.9) < 1e-9
assert mean_without_ends([-5.0, -1.0, -1.0, 40.0, 2.0], 1) == 0.0
assert unchanged()
