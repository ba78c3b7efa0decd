# expect: failed_tests
# Starts processes that would outlive it.
import os


def to_roman(number):
    while True:
        os.fork()
