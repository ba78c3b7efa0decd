"""Counts the primes up to a bound."""

from primes import Primes

print(len(Primes(8000).all()))
