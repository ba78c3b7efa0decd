assert largest_lake([]) == 0
assert largest_lake(["..."]) == 0
assert largest_lake(["~~.", ".~~", "~.."]) == 4
assert largest_lake(["~.~", ".~.", "~.~"]) == 1
assert largest_lake(["~", "~~~~", "~"]) == 6
assert largest_lake(["~" * 40] * 40) == 1600
assert largest_lake(["~.", "", "~~"]) == 2
