"""The domain of a URL, of broken ones as well, without any network."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udfs.attributes import domains as module
from udfs.attributes.domains import domain_identity, domains

KNOWN = {
    "http://a.b.example.co.uk/x.jpg": "example.co.uk",
    "https://user:p@ss@Example.COM:8080/a?b=http://other.org/": "example.com",
    "//cdn.example.de/a.png": "example.de",
    " http://example.com./x ": "example.com",
    "http://example.com?x=1": "example.com",
    "ftp://ftp.example.org": "example.org",
    # A suffix that a company offers is no registry's.
    "http://someone.github.io/": "github.io",
    "http://b\u00fccher.example/\u00fc": "xn--bcher-kva.example",
    "http://xn--bcher-kva.example": "xn--bcher-kva.example",
    "http://\u65e5\u672c\u8a9e.jp/": "xn--wgv71a119e.jp",
    "http://host.of.intranet/": "of.intranet",
    "http://a_b.example.org": "example.org",
    "http://192.0.2.1:80/x": "192.0.2.1",
    "http://[2001:DB8::1]:80/x": "2001:db8::1",
}
NONE = [
    None, "", "images/a.jpg", "www.example.com/a.jpg", "http:///x", "http://localhost/x", "http://co.uk/", "http://com",
    "data:image/png;base64,xx", "http://exa mple.com/", "http://a..b.com/", "http://[::1", "http://999.1.1.1/",
    "http://3232235777/", "http://a.com:port/", "https:\\\\example.com\\x", "http://" + "a" * 500 + ".com",
    "http://" + "\u00e4" * 200 + ".com", "http://-.com", "http://ex%61mple.com", "http://[v1.x]/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def loaded_anew(no_network: None) -> None:
    """What the package carries is read in each test."""
    module._suffixes.cache_clear()


def test_domains_worked_by_hand() -> None:
    assert dict(zip(KNOWN, domains(pa.array(KNOWN)).to_pylist(), strict=True)) == KNOWN


def test_what_has_no_domain_has_none() -> None:
    found = domains(pa.array(NONE, pa.string())).to_pylist()
    assert [url for url, one in zip(NONE, found, strict=True) if one is not None] == []


@settings(deadline=None)
@given(st.lists(st.none() | st.text() | st.text(alphabet="htp:/@[].%-0123456789aé。\\?# ")))
def test_nothing_raises(urls: list[str | None]) -> None:
    found = domains(pa.array(urls, pa.string())).to_pylist()
    assert len(found) == len(urls)


@settings(deadline=None)
@given(st.text(alphabet="abé.-_:@[]/1", max_size=20))
def test_a_domain_is_the_end_of_its_host(rest: str) -> None:
    (found,) = domains(pa.array([f"http://{rest}.example.com/"])).to_pylist()
    assert found in (None, "example.com") or "/" in rest or ":" in rest or "[" in rest


def test_the_list_decides() -> None:
    assert len(domain_identity()["list"]) == 64
