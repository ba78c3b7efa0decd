from typing import List


def split_fields(line: str) -> List[str]:
    '''The fields of a line, separated by commas.

    A field that begins with a double quote ends with the next double quote that is not doubled; inside,
    commas are text and two double quotes stand for one. What follows the closing quote up to the comma is
    added to the field as it is. Blanks are never removed. An empty line is one empty field.

    >>> split_fields('a,"b, ""c""",d')
    ['a', 'b, "c"', 'd']
    '''
    fields = []
    at = 0
    while True:
        field = ""
        if at < len(line) and line[at] == '"':
            at += 1
            while at < len(line):
                if line[at] == '"':
                    if at + 1 < len(line) and line[at + 1] == '"':
                        field += '"'
                        at += 2
                        continue
                    at += 1
                    break
                field += line[at]
                at += 1
        end = line.find(",", at)
        if end == -1:
            fields.append(field + line[at:])
            return fields
        fields.append(field + line[at:end])
        at = end + 1
