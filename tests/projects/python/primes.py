"""Prime numbers."""


class Primes:
    """Primes up to a bound."""

    def __init__(self, bound):
        self.bound = bound

    def all(self):
        """In ascending order."""
        found = []
        for n in range(2, self.bound + 1):
            divisible = False
            for p in found:
                if n % p == 0:
                    divisible = True
            if not divisible:
                found.append(n)
        return found
