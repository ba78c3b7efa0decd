"""Claims about primes."""

import unittest

from primes import Primes


class Claims(unittest.TestCase):
    def test_small_bounds(self):
        self.assertEqual(Primes(1).all(), [])
        self.assertEqual(Primes(2).all(), [2])
        self.assertEqual(Primes(30).all(), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])


if __name__ == "__main__":
    unittest.main()
