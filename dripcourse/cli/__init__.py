"""Admin commands: one file per noun, one function per verb. Results to stdout, talk to stderr.

Exit codes: 0 done, 1 done and something is wrong (check, verify), 2 the input or the settings are wrong.
"""

from dripcourse.cli.app import main

__all__ = ["main"]
