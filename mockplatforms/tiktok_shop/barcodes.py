"""Bar codes as scanners read them: Code 128 (ISO/IEC 15417), set B."""

from __future__ import annotations

# The symbols by their values: widths of bars and spaces in turn. The last two begin and end a code.
# fmt: off
_WIDTHS = (
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212", "112232", "122132", "122231", "113222",
    "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321",
    "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
    "313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224",
    "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
    "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
)
# fmt: on
_BEGIN, _END = 104, 106
QUIET = 10  # modules that stay white on either side


def modules(text: str) -> str:
    """The code of a text of printable ASCII, a 1 for each black module and a 0 for each white one, without its quiet zones."""
    values = [_BEGIN, *(ord(letter) - 32 for letter in text)]
    check = (_BEGIN + sum(place * value for place, value in enumerate(values))) % 103
    return "".join(("1", "0")[place % 2] * int(width) for value in (*values, check, _END) for place, width in enumerate(_WIDTHS[value]))
