# expect: failed_tests
# Leaves a hook that ends the process with success.
import atexit, os
atexit.register(lambda: os._exit(0))

def to_roman(number):
    raise KeyboardInterrupt
