"""
A look over the outer shape of DER before any parser sees it.

Parsers of ASN.1 recurse with the nesting of what they read and take indefinite lengths; both are gifts to whoever sends
hostile octets. This walk is a loop, its cost is bounded, and what passes it is nested no deeper than we say.
"""

MAXIMUM_DEPTH = 32
MAXIMUM_ELEMENTS = 20_000

_CONSTRUCTED = 0x20
_HIGH_TAG_NUMBER = 0x1F
_LONG_FORM = 0x80


class NotDer(ValueError):
    """The octets are not one DER element within our limits."""


class NotFollowed(NotDer):
    """The octets may mean something, but in more elements, deeper nesting or indefinite lengths: we do not follow."""


def check_der(octets: bytes) -> None:
    """
    Check that `octets` are exactly one element of definite, minimal lengths (X.690 §10.1), properly nested, within
    `MAXIMUM_DEPTH` and `MAXIMUM_ELEMENTS`. What stands inside primitive strings is not looked at.

    Raises `NotDer`, `NotFollowed` among it.
    """
    ends = [len(octets)]  # where the elements that enclose the current position end, outermost first
    position = 0
    elements = 0
    while position < len(octets):
        elements += 1
        if elements > MAXIMUM_ELEMENTS:
            raise NotFollowed("too many elements")
        constructed = octets[position] & _CONSTRUCTED
        start, end = _extent(octets, position)
        if end > ends[-1]:
            raise NotDer("an element is longer than the one around it")
        if len(ends) == 1 and end != len(octets):
            raise NotDer("there is something after the element")
        if constructed:
            ends.append(end)
            if len(ends) > MAXIMUM_DEPTH:
                raise NotFollowed("nested too deep")
            position = start
        else:
            position = end
        while len(ends) > 1 and ends[-1] == position:
            ends.pop()
    if elements == 0:
        raise NotDer("empty")


def _extent(octets: bytes, position: int) -> tuple[int, int]:
    """Where the value of the element at `position` begins and ends."""
    try:
        if octets[position] & _HIGH_TAG_NUMBER == _HIGH_TAG_NUMBER:
            raise NotDer("a tag number above 30 has no place in CMS")
        first = octets[position + 1]
    except IndexError:
        raise NotDer("cut off") from None
    start = position + 2
    if first < _LONG_FORM:
        length = first
    else:
        count = first - _LONG_FORM
        if count == 0:
            raise NotFollowed("a length that is indefinite")  # BER, which CMS allows to whoever streams
        if count > 4:
            raise NotDer("an absurd length")
        length = int.from_bytes(octets[start : start + count], "big")
        start += count
        if length < _LONG_FORM or length.bit_length() <= 8 * (count - 1):
            raise NotDer("a length not in its shortest form")
    if start + length > len(octets):
        raise NotDer("cut off")
    return start, start + length
