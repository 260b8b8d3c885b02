"""Who an installation is, as its recipients see it; not what it sends."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dripcourse.domain.course import Course
from dripcourse.mail.address import ascii_domain, checked


@dataclass(frozen=True)
class Brand:
    """The sender of the mails and the places their links and lists live at."""

    name: str
    from_address: str
    reply_to: str = ""
    postal_address: str = ""  # required by law in every lesson (CAN-SPAM); several lines or one
    base_url: str = ""  # such as https://course.example.org, without a slash at the end
    list_domain: str = ""  # the right-hand side of List-Id and Message-ID

    def __post_init__(self) -> None:
        """Addresses and domains are kept as they go over the wire: bücher.example is xn--bcher-kva.example.

        Raises InputError where an address with letters beyond ASCII cannot be mailed.
        """
        for name in ("from_address", "reply_to"):
            if not getattr(self, name).isascii():
                object.__setattr__(self, name, checked(getattr(self, name)))
        object.__setattr__(self, "list_domain", ascii_domain(self.list_domain))

    @property
    def domain(self) -> str:
        """The sender's domain; Message-IDs end in it."""
        return self.from_address.rpartition("@")[2]


def for_course(brand: Brand, course: Course) -> Brand:
    """The brand with the course's own sender and postal address where it has them."""
    if course.sender is not None:
        sender = course.sender
        brand = replace(
            brand,
            name=sender.name or brand.name,
            from_address=sender.address or brand.from_address,
            # A reply belongs to whoever the mail is from, not to the installation behind him.
            reply_to=sender.reply_to or ("" if sender.address else brand.reply_to),
        )
    return replace(brand, postal_address=course.postal_address.strip() or brand.postal_address)
