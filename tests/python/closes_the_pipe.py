# expect: failed_tests
# Closes the pipe to its parent and stays.
import os, time


def to_roman(number):
    for number in range(3, 32):
        try:
            os.close(number)
        except OSError:
            pass
    time.sleep(60)
