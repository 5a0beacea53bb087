"""`symbackprop check FILES…` and `symbackprop explain CODE`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from symbackprop.errors import SymbackpropError, nearest

if TYPE_CHECKING:
    from symbackprop.documents.results import FileResult

Subparsers = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns

REFUTED, UNREADABLE, UNDECIDED, NOTHING = 1, 2, 4, 5
TIMEOUT = 10.0
LONGEST = 86400.0
CONTROLS = dict.fromkeys([*range(9), *range(10, 32), *range(127, 160)], "\ufffd")  # no page commands a terminal


def cores() -> int:
    """How many processors this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def add_check_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Adds `check FILES…` with its options."""
    parser = subparsers.add_parser(
        "check",
        help="judge every equation of a derivation",
        description="Read notes as they were written (Markdown, LaTeX, notebooks) and judge every equation.",
        epilog="examples:\n  symbackprop check notes.md\n  symbackprop check lectures/ --format json\n"
        "  symbackprop check notes.md --fix",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="files or folders; - reads standard input")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the result")
    parser.add_argument("--verbose", action="store_true", help="show how every equation was read, and its scope")
    parser.add_argument("--strict", action="store_true", help="exit code 4 where something stays undecided")
    parser.add_argument("--fix", action="store_true", help="write the proved corrections into the files")
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT, metavar="SECONDS", help="safety net for one equation (default: 10)"
    )
    parser.add_argument(
        "-j", type=int, default=None, dest="jobs", metavar="N", help="files judged at a time; default: one a core"
    )
    parser.add_argument("--sizes", metavar="SIZES", help="check every link at this architecture too, such as 2-3-2")


def run_check(args: argparse.Namespace) -> int:
    """Judges the files; the exit code says the worst that was found."""
    import json

    from symbackprop.documents.check import check_files, documents_in
    from symbackprop.documents.explicitly import checked_sizes
    from symbackprop.documents.fixing import fix_files
    from symbackprop.documents.render import text
    from symbackprop.documents.report_json import report
    from symbackprop.network import parse_sizes

    jobs = cores() if args.jobs is None else args.jobs
    if jobs < 1:
        raise SymbackpropError(f"-j {args.jobs}: expected a number of files of at least 1")
    if not 0 < args.timeout <= LONGEST:
        raise SymbackpropError(f"--timeout {args.timeout:g}: expected seconds above 0, at most {LONGEST:g}")
    sizes = None if args.sizes is None else checked_sizes(parse_sizes(args.sizes))
    names = documents_in(args.files)
    files = check_files(names, timeout=args.timeout, jobs=jobs, sizes=sizes)
    if args.format == "json":
        print(json.dumps(report(files), ensure_ascii=False, indent=2, sort_keys=False))
    else:
        for line in text(files, args.verbose):
            print(line.translate(CONTROLS))
    if args.fix:
        for line in fix_files(files):
            print(line, file=sys.stderr)
    return exit_code(files, args.strict)


def exit_code(files: list[FileResult], strict: bool) -> int:
    """0, or the first of these that holds: unreadable 2, refuted 1, undecided 4 under --strict, nothing to check 5."""
    from symbackprop.documents.render import counts

    made = counts(files)
    if made["unreadable"]:
        return UNREADABLE
    if made["refuted"]:
        return REFUTED
    if strict and made["undecided"]:
        return UNDECIDED
    return 0 if made["proved"] or made["undecided"] or made["update"] else NOTHING


def add_explain_parser(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Adds `explain CODE`."""
    parser = subparsers.add_parser(
        "explain",
        help="the long story of a code such as SB103",
        description="What a code of `check` means, with a wrong and a right line.",
        epilog="example:\n  symbackprop explain SB103",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("code", nargs="?", metavar="CODE", help="a code such as SB103, or conventions: the lines"
                        " of a conventions block; without it, all codes")


def run_explain(args: argparse.Namespace) -> int:
    """Prints the page of a code. Raises SymbackpropError naming the nearest one."""
    from symbackprop.documents.conventions_page import conventions_page
    from symbackprop.documents.explain import PAGES

    if args.code is None:
        for code, page in PAGES.items():
            print(f"{code}  {page.title}")
        return 0
    if args.code.lower() == "conventions":
        print(conventions_page())
        return 0
    found = PAGES.get(args.code.upper())
    if found is None:
        near = nearest(args.code, list(PAGES))
        raise SymbackpropError(f"unknown code '{args.code}'{near}: 'symbackprop explain' lists them all")
    print(found)
    return 0


def is_standard_input(name: str | Path) -> bool:
    return str(name) == "-"
