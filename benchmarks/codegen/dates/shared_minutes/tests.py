assert shared_minutes("09:00-12:00", "11:15-13:00") == 45
assert shared_minutes("22:00-02:00", "01:00-23:30") == 150
assert shared_minutes("08:00-09:00", "09:00-10:00") == 0
assert shared_minutes("00:00-00:00", "10:00-11:00") == 60
assert shared_minutes("23:00-01:00", "23:30-00:30") == 60
assert shared_minutes("12:00-12:00", "05:00-05:00") == 1440
assert shared_minutes("10:00-11:00", "23:00-01:00") == 0
