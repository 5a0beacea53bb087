"""The control words and bare words that the reader knows: tables only."""

from __future__ import annotations

from types import MappingProxyType as Table
from typing import Final

from symbackprop.documents.syntax import (
    BigOperatorKind,
    Bracket,
    Decoration,
    MarkKind,
    ProductSign,
    RelationKind,
    Sign,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK: Final = _words(
    r"""\alpha \beta \gamma \delta \epsilon \varepsilon \zeta \eta \theta \vartheta \iota \kappa
    \varkappa \lambda \mu \nu \xi \omicron \pi \varpi \rho \varrho \sigma \varsigma \tau \upsilon
    \phi \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi
    \Omega \digamma \ell \hbar \imath \jmath \wp \Re \Im \aleph \eth"""
)
CONSTANTS: Final = _words(
    r"\infty \emptyset \varnothing \top \bot \intercal \dagger \dag \ddagger \square \blacksquare \checkmark"
)
FUNCTIONS: Final = _words(
    r"""\log \ln \lg \exp \sin \cos \tan \cot \sec \csc \sinh \cosh \tanh \coth \arcsin \arccos
    \arctan \max \min \sup \inf \det \dim \ker \deg \gcd \lim \limsup \liminf \arg \Pr \hom"""
)
# Function words that authors write without a backslash or inside \mathrm.
BARE_FUNCTIONS: Final = _words(
    """log ln lg exp sin cos tan sinh cosh tanh sech csch coth arctan max min sup inf argmax argmin sigmoid softmax
    logsumexp relu ReLU softplus sgn sign diag Diag tr Tr trace vec rank det hardtanh softsign erf
    gelu swish"""
)
# Words of several letters that are one name wherever they stand.
BARE_WORDS: Final = _words(
    """net out loss cost err error total net_input target pred true img new old val MSE BCE CE RMSE
    NLL SSE KL logits score bias Loss Cost Error Net Out mean var std Mean Var"""
)

# Words between two formulas that an author forgot to set as text.
PROSE_WORDS: Final = _words("and where with for hence thus then when since because therefore")

_BY_WORD: Final = (Decoration.ROMAN, Decoration.ITALIC, Decoration.SANS, Decoration.TYPEWRITER)
DECORATIONS: Final = Table(
    {each.value: each for each in Decoration if each not in _BY_WORD}
    | {
        r"\bm": Decoration.BOLD,
        r"\bf": Decoration.BOLD,
        r"\bold": Decoration.BOLD,
        r"\boldsymbol": Decoration.BOLD,
        r"\pmb": Decoration.BOLD,
        r"\symbf": Decoration.BOLD,
        r"\mathbold": Decoration.BOLD,
        r"\cal": Decoration.CALLIGRAPHIC,
        r"\mathbbm": Decoration.BLACKBOARD,
        r"\Bbb": Decoration.BLACKBOARD,
        r"\frak": Decoration.FRAKTUR,
        r"\widehat": Decoration.HAT,
        r"\widetilde": Decoration.TILDE,
        r"\overrightarrow": Decoration.VECTOR,
        r"\bcancel": Decoration.CANCELLED,
        r"\xcancel": Decoration.CANCELLED,
    }
)
# Commands whose content is a word, or prose.
WORD_COMMANDS: Final = Table(
    {
        r"\text": None,
        r"\textrm": None,
        r"\textnormal": None,
        r"\mbox": None,
        r"\hbox": None,
        r"\mathrm": None,
        r"\rm": None,
        r"\operatorname": None,
        r"\operatornamewithlimits": None,
        r"\textit": Decoration.ITALIC,
        r"\emph": Decoration.ITALIC,
        r"\mathit": Decoration.ITALIC,
        r"\it": Decoration.ITALIC,
        r"\textbf": Decoration.BOLD,
        r"\textsf": Decoration.SANS,
        r"\mathsf": Decoration.SANS,
        r"\sf": Decoration.SANS,
        r"\texttt": Decoration.TYPEWRITER,
        r"\mathtt": Decoration.TYPEWRITER,
        r"\tt": Decoration.TYPEWRITER,
    }
)
PROSE_COMMANDS: Final = _words(
    r"\text \textrm \textnormal \mbox \hbox \textit \emph \textbf \textsf \texttt"
)

SIGNS: Final = Table({each.value: each for each in Sign} | {"−": Sign.MINUS, "±": Sign.PLUS_MINUS})
PRODUCT_SIGNS: Final = Table(
    {each.value: each for each in ProductSign if each.value not in ("", ".")}
    | {
        r"\centerdot": ProductSign.CDOT,
        r"\land": ProductSign.AND,
        r"\lor": ProductSign.OR,
        "·": ProductSign.CDOT,
        "⋅": ProductSign.CDOT,
        "×": ProductSign.TIMES,
        "⊙": ProductSign.ODOT,
        "∘": ProductSign.CIRC,
        "⊗": ProductSign.OTIMES,
        "•": ProductSign.BULLET,
        "∗": ProductSign.STAR,
    }
)


def _relations() -> dict[str, RelationKind]:
    listed = {
        RelationKind.EQUAL: "=",
        RelationKind.DEFINED: r":= \triangleq \coloneqq \doteq \colonequals \stackrel{def}",
        RelationKind.DEFINES: r"=: \eqqcolon",
        RelationKind.EQUIVALENT: r"\equiv ≡",
        RelationKind.BECOMES: r"\leftarrow \gets += -= *= \mapsfrom \longleftarrow ←",
        RelationKind.ARROW: r"\rightarrow \to \longrightarrow \mapsto \longmapsto → \leadsto",
        RelationKind.APPROXIMATE: r"\approx \simeq \cong \approxeq \asymp ≈ ≃",
        RelationKind.PROPORTIONAL: r"\propto ∝",
        RelationKind.NOT_EQUAL: r"\neq \ne ≠ !=",
        RelationKind.LESS: r"< \lt \ll \prec",
        RelationKind.LESS_EQUAL: r"\leq \le \leqslant ≤ <= \preceq \lesssim",
        RelationKind.GREATER: r"> \gt \gg \succ",
        RelationKind.GREATER_EQUAL: r"\geq \ge \geqslant ≥ >= \succeq \gtrsim",
        RelationKind.MEMBER: r"\in ∈ \ni",
        RelationKind.NOT_MEMBER: r"\notin ∉",
        RelationKind.SUBSET: r"\subset \subseteq \supset \supseteq ⊂ ⊆",
        RelationKind.DISTRIBUTED: r"\sim \perp \parallel",
    }
    return {text: kind for kind, texts in listed.items() for text in texts.split()}


RELATIONS: Final = Table(_relations())
NEGATIONS: Final = Table({"=": r"\neq", r"\in": r"\notin"})
BIG_OPERATORS: Final = Table(
    {each.value: each for each in BigOperatorKind}
    | {"∑": BigOperatorKind.SUM, "∏": BigOperatorKind.PRODUCT}
)
CONNECTIVES: Final = _words(
    r"""\because \therefore \Rightarrow \Longrightarrow \implies \Leftrightarrow \iff
    \Longleftrightarrow \Leftarrow \impliedby \Longleftarrow \forall \exists
    ∵ ∴ ⇒ ⇔ ∀ ∃ ⟹ ⟺"""
)
DOTS: Final = _words(r"\ldots \cdots \dots \vdots \ddots \dotsc \dotsb \dotsm \dotso \hdots \mathellipsis … ...")
PUNCTUATION: Final = Table(
    {
        ",": MarkKind.COMMA,
        "，": MarkKind.COMMA,
        "、": MarkKind.COMMA,
        ";": MarkKind.SEMICOLON,
        "；": MarkKind.SEMICOLON,
        ":": MarkKind.COLON,
        "：": MarkKind.COLON,
        r"\colon": MarkKind.COLON,
        "。": MarkKind.PERIOD,
        r"\mid": MarkKind.BAR,
    }
)

LEFT_FENCES: Final = Table(
    {each.value[0]: each for each in Bracket if each not in (Bracket.BRACES, Bracket.NONE)}
    | {r"\lbrace": Bracket.CURLY, r"\lbrack": Bracket.SQUARE, r"\lparen": Bracket.ROUND}
    | {"⟨": Bracket.ANGLE, "（": Bracket.ROUND}
)
RIGHT_FENCES: Final = Table(
    {each.value[1]: each for each in Bracket if each not in (Bracket.BRACES, Bracket.NONE)}
    | {r"\rbrace": Bracket.CURLY, r"\rbrack": Bracket.SQUARE, r"\rparen": Bracket.ROUND}
    | {"⟩": Bracket.ANGLE, "）": Bracket.ROUND}
)
BARS: Final = Table(
    {"|": 1, r"\|": 2, r"\vert": 1, r"\Vert": 2, "‖": 2}
    | {r"\lvert": 1, r"\rvert": 1, r"\lVert": 2, r"\rVert": 2}
)
OPENING_SIZES: Final = _words(r"\left \bigl \Bigl \biggl \Biggl")
CLOSING_SIZES: Final = _words(r"\right \bigr \Bigr \biggr \Biggr")
SIZES: Final = (
    _words(r"\big \Big \bigg \Bigg \bigm \Bigm \biggm \Biggm \middle") | OPENING_SIZES | CLOSING_SIZES
)
SPACES: Final = _words(r"\quad \qquad \enspace \hfill \hfil")
# Layout: says how a thing looks and nothing about what it is.
LAYOUT: Final = _words(
    r"""\, \; \: \! \/ \> \enskip \thinspace \medspace \thickspace \negthinspace \negmedspace
    \negthickspace \displaystyle \textstyle \scriptstyle \scriptscriptstyle \limits \nolimits
    \nonumber \notag \mathstrut \strut \allowbreak \break \nobreak
    \small \normalsize \large \Large \footnotesize \scriptsize \tiny \hline \noindent
    \mathopen \mathclose \mathord \mathrel \mathbin \mathop \mathpunct \mathinner \allowdisplaybreaks
    \boxed \fbox \ensuremath \substack \smash \relax \protect \unskip \centering \displaylimits
    \nobreakspace \qed \mathclap \mathllap \mathrlap \math \begingroup \endgroup \null \mit"""
) | {"\\ ", "\\\n", "\\\t"}
LAYOUT_WITH_ARGUMENT: Final = Table(
    {
        r"\hspace": 1,
        r"\vspace": 1,
        r"\phantom": 1,
        r"\hphantom": 1,
        r"\vphantom": 1,
        r"\color": 1,
        r"\mspace": 1,
        r"\textcolor": 1,
        r"\colorbox": 1,
        r"\fcolorbox": 2,
        r"\cline": 1,
        r"\bbox": 0,
        r"\class": 1,
        r"\cssId": 1,
        r"\style": 1,
    }
)
LENGTHS: Final = _words(r"\kern \mkern \hskip \mskip \vskip \mskip")
LABELS: Final = _words(r"\tag \label \textcircled \eqref \ref \circled")
FRACTIONS: Final = _words(r"\frac \dfrac \tfrac \cfrac \smallfrac \sfrac \nicefrac")

DISPLAY_ENVIRONMENTS: Final = _words(
    """align aligned alignat alignedat equation split gather gathered multline multlined eqnarray
    displaymath math subequations flalign dmath IEEEeqnarray rcl"""
)
MATRIX_ENVIRONMENTS: Final = _words("matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix")
CASES_ENVIRONMENTS: Final = _words("cases dcases rcases")

_GREEK_LETTERS: Final = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩϵϕℓ"
_GREEK_WORDS: Final = tuple(
    [
    r"\alpha", r"\beta", r"\gamma", r"\delta", r"\varepsilon", r"\zeta", r"\eta", r"\theta", r"\iota",
    r"\kappa", r"\lambda", r"\mu", r"\nu", r"\xi", r"\pi", r"\rho", r"\sigma", r"\tau", r"\upsilon",
    r"\varphi", r"\chi", r"\psi", r"\omega", r"\Gamma", r"\Delta", r"\Theta", r"\Lambda", r"\Xi", r"\Pi",
    r"\Sigma", r"\Upsilon", r"\Phi", r"\Psi", r"\Omega", r"\epsilon", r"\phi", r"\ell",
]
)
UNICODE: Final = Table(
    dict(zip(_GREEK_LETTERS, _GREEK_WORDS, strict=True))
    | {"∂": r"\partial", "∇": r"\nabla", "∞": r"\infty", "′": "'", "″": "'", "⊤": r"\top", "√": r"\sqrt"}
)  # fmt: skip
COMBINING: Final = Table(
    {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0307": r"\dot", "\u20d7": r"\vec"}
)
