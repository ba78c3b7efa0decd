from typing import List


def split_fields(line: str) -> List[str]:
    '''The fields of a line, separated by commas.

    A field that begins with a double quote ends with the next double quote that is not doubled; inside,
    commas are text and two double quotes stand for one. What follows the closing quote up to the comma is
    added to the field as it is. Blanks are never removed. An empty line is one empty field.

    >>> split_fields('a,"b, ""c""",d')
    ['a', 'b, "c"', 'd']
    '''
