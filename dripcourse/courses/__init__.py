"""Article -> outline -> draft -> course folder -> checked course. Not storage, not mail.

    bytes ── decode ── readers ──> Article ── compile ──> Draft ── author edits ──> folder ── read_course ──> Course

Start reading at `compile.py` (article to draft) and `folder.py` (folder to course).
"""
