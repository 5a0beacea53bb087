"""`python -m symbackprop`"""

from symbackprop.cli import entry

entry()
