# expect: failed_tests
# Ends the process with success in the first call.
import os

def to_roman(number):
    os._exit(0)
