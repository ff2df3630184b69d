"""Finding objects by words of their name, their address or their key in the operator's books.

What is a word, and what a text asks for, is said once, in the database (migration 0005): `search_words` makes
the text plain, the generated column `objects.search` holds its words and their Russian and English stems, and
`search_query` wants each word of a text to stand there inflected («школы» finds «школа») or begun («шко» does).
"""

from __future__ import annotations

LONGEST = 200
"""Characters of a text that are looked for; `search_query` cuts it there too."""


def searchable(text: str) -> str:
    """The text as a parameter of `search_condition`: cut, and without what PostgreSQL cannot hold."""
    return text[:LONGEST].encode(errors="replace").decode().replace("\0", " ")


def search_condition(t: str, placeholder: str) -> str:
    """The SQL condition under which an object is found.

    :param t: the alias of the table `objects`
    :param placeholder: the SQL of the text that was asked for, bound through `searchable`; any text is taken, and one
        without a word finds nothing
    """
    return f"{t}.search @@ search_query({placeholder})"
