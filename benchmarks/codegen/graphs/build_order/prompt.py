from typing import Dict, List, Optional


def build_order(needs: Dict[str, List[str]]) -> Optional[List[str]]:
    """An order of all names in which each comes after everything it needs; None if there is none.

    needs gives for a name the names it needs; a name that is only needed may be missing as a key. Of all
    such orders the alphabetically first one: at each place the smallest name that can stand there.

    >>> build_order({"app": ["lib"], "test": ["app", "lib"]})
    ['lib', 'app', 'test']
    """
