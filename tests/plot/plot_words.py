"""What a figure says, picture and twin: the tests of all figures ask the same of them."""

import re
import xml.etree.ElementTree as ElementTree

from watchkeeper.plot import Figure

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</text><script>alert(1)</script>"\x00\u202e'


def words(figure: Figure) -> list[str]:
    """All text that the picture shows; parsing it proves it well-formed."""
    root = ElementTree.fromstring(figure.svg.encode())
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def everything(figure: Figure) -> str:
    """Each face of a figure, with the picture decoded."""
    return "\n".join([figure.svg, figure.alt, figure.text, figure._repr_html_()])


def assert_tame(figure: Figure) -> None:
    """The hostile words came through as text, and the picture is whole, of fixed width and without stray numbers."""
    words(figure)
    assert "<script" not in figure.svg + figure._repr_html_()
    assert not {"\x00", "\u202e"} & set(everything(figure))
    assert re.match(r'<svg [^>]*width="900"', figure.svg)
    assert not re.search(r"\b(nan|inf)\b", figure.svg), "a coordinate that is not a number"


def assert_short(figure: Figure, most: int = 16) -> None:
    assert 0 < len(figure.table.rows) <= most
