"""What an e-mail address is to us: as typed, for sending, and as a key, for recognising the same person."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from dripcourse.errors import InputError

# Most addresses are plain: ASCII atoms, no label with "--" (IDNA), none over 63 characters, a TLD of letters. What the
# validator would say of them is known, at a fifteenth of its time; whatever else there is goes to the validator.
_PLAIN = re.compile(
    r"(?=.{6,254}\Z)(?!.*[^.@]{64})(?=[^@]{1,64}@)"
    r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@((?:[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\.)+([A-Za-z]{2,63}))\Z"
)
_MAILBOX_PROVIDERS = frozenset(
    ["gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "aol.com", "icloud.com"]
)
_OWN_RULES = {name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES} | set(CASE_INSENSITIVE_MAILBOX_NAMES)


@dataclass(frozen=True)
class EmailAddress:
    """`text`: the address to send to; `key`: NFKC and casefolded local part, lower-case ACE domain (IDNA 2008).

    Dots and +tags are part of the identity: folding them would hand one person's mail to another.
    """

    text: str
    key: str

    @property
    def masked(self) -> str:
        """For pages that a forwarded link may open: a…e@example.com."""
        local, _, domain = self.text.rpartition("@")
        return f"{local[0]}…{local[-1] if len(local) > 2 else ''}@{domain}"


def parse_address(typed: str) -> EmailAddress:
    """Check and normalise an address. Raises InputError with the reason.

    Refused: quoted local parts, IP literals, display names, and local parts outside ASCII, which need SMTPUTF8 at
    every hop.
    """
    text = typed.strip()
    plain = _PLAIN.match(text)
    if plain is not None:
        local, domain, top = plain[1], plain[2].lower(), plain[3].lower()
        if top not in _OWN_RULES and local.lower() not in _OWN_RULES:
            return EmailAddress(f"{local}@{domain}", f"{local.lower()}@{domain}")
    return _validated(text)


def _validated(text: str) -> EmailAddress:
    """By the rules of the standards, whatever is in it. Raises InputError."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise InputError(f"{text!r} is not an e-mail address: {error}") from None
    if found.ascii_email is None:
        raise InputError(f"{text!r} has letters outside ASCII before the @; mail servers do not reliably accept those")
    local = unicodedata.normalize("NFKC", found.local_part).casefold()
    return EmailAddress(f"{found.local_part}@{found.ascii_domain}", f"{local}@{found.ascii_domain.lower()}")


def mailbox_provider(address: str) -> str:
    """The domain, where receivers take mail in its name from nobody else: a provider of mailboxes. "" elsewhere."""
    domain = address.rpartition("@")[2].lower()
    return domain if domain in _MAILBOX_PROVIDERS else ""
