"""The registered domain of a URL: what somebody registered below a public suffix, as example.co.uk.

The suffixes are those of registries (the ICANN part of publicsuffix.org's list), as the package publicsuffixlist
carries them. Below one that the list does not know, as in a company's own network, the last two labels are the domain.
Names are in the form of DNS: in lower case, other letters as xn--.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib import resources
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

PACKAGE: Final = "publicsuffixlist"
LIST: Final = "public_suffix_list.dat"
# As browsers read a URL: everything up to the last @ before the path is the user, a backslash begins the path.
HOST: Final = (
    r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#\\]*@)?(?P<host>\[[^\]/?#\\]*\]|[^/?#\\:\[\]]*)(?::[0-9]*)?(?:[/?#\\]|$)"
)
LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
NAME: Final = re.compile(rf"{LABEL}(?:\.{LABEL})+")
# DNS allows no longer name; the codec's time grows with the square of the length.
CHARACTERS: Final = 253


def domains(urls: pa.Array) -> pa.Array:
    """The registered domain of each URL, or the IP address in its place; null where there is none. Never raises."""
    hosts = pc.struct_field(pc.extract_regex(pc.utf8_trim_whitespace(urls), HOST), "host").dictionary_encode()
    suffixes = _suffixes()
    found = [None if host is None else _domain(suffixes, host) for host in hosts.dictionary.to_pylist()]
    return pa.array(found, pa.string()).take(hosts.indices)


def domain_identity() -> dict[str, str]:
    """What decides a domain: the list of suffixes. Raises ImportError if the package is not installed."""
    listed = resources.files(PACKAGE).joinpath(LIST).read_bytes()
    return {"package": PACKAGE, "list": hashlib.sha256(listed).hexdigest()}


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def _domain(suffixes: PublicSuffixList, host: str) -> str | None:
    if host.startswith("["):
        return _address(host[1:-1])
    name = _in_dns(host)
    if name is None or not NAME.fullmatch(name):
        return None
    # No top-level domain is a number: browsers read such a host as an address, or not at all.
    return _address(name) if name.rpartition(".")[2].isdigit() else suffixes.privatesuffix(name)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _in_dns(host: str) -> str | None:
    """The name as DNS has it, without the dot of the root; None if it cannot be one."""
    if len(host) > CHARACTERS:
        return None
    try:
        return host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None
