from typing import List


def wrap_words(text: str, width: int) -> List[str]:
    """Break text into lines of at most width characters (width is at least 1).

    Words are what blanks separate; each line holds as many whole words as fit, joined by one blank. A word
    longer than width is cut into pieces of width characters; it begins on a line of its own, and the words
    after it may follow its last piece on the same line. No words give no lines.

    >>> wrap_words("to be or not", 5)
    ['to be', 'or', 'not']
    >>> wrap_words("a abcdef b", 4)
    ['a', 'abcd', 'ef b']
    """
