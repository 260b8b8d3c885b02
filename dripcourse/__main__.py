"""`python -m dripcourse` is the `dripcourse` command."""

from dripcourse.cli import main

main()
