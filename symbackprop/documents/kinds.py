"""The kinds of things in a syntax tree: fonts, brackets, signs, relations, marks."""

from __future__ import annotations

from enum import Enum, auto


class Decoration(Enum):
    """Fonts and accents."""

    BOLD = r"\mathbf"
    CALLIGRAPHIC = r"\mathcal"
    BLACKBOARD = r"\mathbb"
    FRAKTUR = r"\mathfrak"
    SCRIPT = r"\mathscr"
    SANS = r"\mathsf"
    TYPEWRITER = r"\mathtt"
    ROMAN = r"\mathrm"
    ITALIC = r"\mathit"
    HAT = r"\hat"
    TILDE = r"\tilde"
    BAR = r"\bar"
    OVERLINE = r"\overline"
    UNDERLINE = r"\underline"
    VECTOR = r"\vec"
    DOT = r"\dot"
    DOUBLE_DOT = r"\ddot"
    CHECK = r"\check"
    BREVE = r"\breve"
    ACUTE = r"\acute"
    GRAVE = r"\grave"
    CANCELLED = r"\cancel"


class NameKind(Enum):
    """How a name was written."""

    LETTER = auto()  # z, and Greek such as \delta
    WORD = auto()  # \text{net}, \mathrm{softmax}, \operatorname{diag}, bare softmax
    FUNCTION = auto()  # \log, \max, bare log: takes an argument without brackets too
    CONSTANT = auto()  # \infty, \emptyset, \top, and \mathbf{1}


class Bracket(Enum):
    """Kinds of bracket; BRACES are TeX's own, which do not print."""

    ROUND = ("(", ")")
    SQUARE = ("[", "]")
    CURLY = (r"\{", r"\}")
    ANGLE = (r"\langle", r"\rangle")
    FLOOR = (r"\lfloor", r"\rfloor")
    CEILING = (r"\lceil", r"\rceil")
    BRACES = ("{", "}")
    NONE = ("", "")


class ScriptMark(Enum):
    """Below or above."""

    SUBSCRIPT = "_"
    SUPERSCRIPT = "^"


class Sign(Enum):
    """Signs of the terms of a sum."""

    PLUS = "+"
    MINUS = "-"
    PLUS_MINUS = r"\pm"
    MINUS_PLUS = r"\mp"


class ProductSign(Enum):
    """What stands between two factors."""

    JUXTAPOSED = ""
    CDOT = r"\cdot"
    TIMES = r"\times"
    STAR = "*"
    ODOT = r"\odot"
    CIRC = r"\circ"
    OTIMES = r"\otimes"
    BULLET = r"\bullet"
    DOT_STAR = ".*"
    DOT = "."
    AT = "@"
    AST = r"\ast"
    STAR_OPERATOR = r"\star"
    DIV = r"\div"
    OPLUS = r"\oplus"
    OMINUS = r"\ominus"
    OSLASH = r"\oslash"
    SETMINUS = r"\setminus"
    CUP = r"\cup"
    CAP = r"\cap"
    AND = r"\wedge"
    OR = r"\vee"


class RelationKind(Enum):
    """What a relation sign says."""

    EQUAL = auto()
    DEFINED = auto()
    DEFINES = auto()  # =: , the name on the right
    EQUIVALENT = auto()  # \equiv: identity or definition
    BECOMES = auto()  # \leftarrow, +=
    ARROW = auto()  # \rightarrow, \to, \mapsto
    APPROXIMATE = auto()
    PROPORTIONAL = auto()
    NOT_EQUAL = auto()
    LESS = auto()
    LESS_EQUAL = auto()
    GREATER = auto()
    GREATER_EQUAL = auto()
    MEMBER = auto()
    NOT_MEMBER = auto()
    SUBSET = auto()
    DISTRIBUTED = auto()  # \sim


class QuotientForm(Enum):
    """How a quotient or a derivative was written."""

    FRACTION = auto()
    SLASH = auto()
    OVER = auto()


class DifferentialSymbol(Enum):
    r"""The letter of a derivative: \partial, d, or an upright d."""

    PARTIAL = r"\partial"
    D = "d"
    UPRIGHT_D = r"\mathrm{d}"


class BigOperatorKind(Enum):
    """Operators that bind an index over the product that follows."""

    SUM = r"\sum"
    PRODUCT = r"\prod"
    INTEGRAL = r"\int"
    UNION = r"\bigcup"
    CIRCLED_PRODUCT = r"\bigodot"
    CIRCLED_SUM = r"\bigoplus"


class Side(Enum):
    """Where the annotation of a horizontal brace stands."""

    UNDER = "_"
    OVER = "^"


class MarkKind(Enum):
    """What stands between the chains of a passage."""

    COMMA = auto()
    SEMICOLON = auto()
    COLON = auto()
    PERIOD = auto()
    SPACE = auto()  # \quad
    BREAK = auto()  # \\
    COLUMN = auto()  # an & that separates two formulas of a row
    BAR = auto()  # | as in p(y | x)
    CONNECTIVE = auto()  # \therefore, \Rightarrow
    TEXT = auto()  # \text{where}
    LABEL = auto()  # \tag{3}, \textcircled{1}, \label{eq:z}
