"""Article -> outline -> draft -> course folder -> checked course. Not storage, not mail.

    bytes ── reading ──> Article ── drafting ──> Draft ── author edits ──> folders ──> Course ── linting ──> findings

Start reading at `reading/readers.py` (bytes to article), `drafting/compile.py` (article to draft) and
`folders/folder.py` (folder to course).
"""
