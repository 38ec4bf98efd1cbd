"""The MIME slicer: parts are exact ranges, and stay so inside any other mail."""

from collections.abc import Iterator

from parsers.addresses import comparable
from parsers.content import read_content
from parsers.errors import MalformedMail
from parsers.headers import decode_words, parse_parameterised, unfold
from parsers.mime import Part, canonical_crlf, read_entity
from parsers.protection import Protected, read_protected

INSTRUMENTED = ("parsers",)
_OUTSIDE = b"=_nobody-writes-this"
_WRAPPER = (
    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n boundary="'
    + _OUTSIDE
    + b'"\r\n\r\n--'
    + _OUTSIDE
    + b"\r\n",
    b"\r\n--" + _OUTSIDE + b"\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n--"
    + _OUTSIDE
    + b"--\r\n",
)  # fmt: skip
_TOO_MUCH = ("mime.too_deep", "mime.too_many_parts")


def seeds() -> Iterator[bytes]:
    """A mail of each kind that mail programs write."""
    yield b"Subject: =?utf-8?q?Pr=C3=B8ve?=\r\nContent-Type: text/plain\r\n\r\nhej\r\n"
    yield _WRAPPER[0] + b"Content-Type: text/plain\r\n\r\nhej" + _WRAPPER[1]
    yield (
        b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n'
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n\r\nplain\r\n'
        b"--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>\xe6</p>\r\n--b--\r\n\r\n"
        b"--a\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment;\r\n filename*0*=UTF-8''pr%C3%B8;\r\n filename*1=ve.pdf"
        b"\r\n\r\nJVBERg==\r\n--a--\r\nepilogue\r\n"
    )
    yield (
        b"Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain;"
        b' hp="cipher"; hp-legacy-display=1; format=flowed; delsp=yes\n'
        b"Content-Transfer-Encoding: quoted-printable\n\nSubject: x\n\n> a =\n> b \n> c\n-- \nme\n"
    )
    yield (
        b'Content-Type: multipart/report; boundary=" x y "\r\n\r\npreamble\r\n-- x y  \t \r\n\r\n'
        b"-- x y\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n-- x y--"
    )

    fields = (
        b'From: "A, B" <a@r\xc3\xa5dhus.example>\r\n'
        b"To: b@xn--rdhus-mra.example,\r\n c@x.example\r\n"
        b"Cc: =?utf-8?q?C?= <\xc3\xa6@x.example>\r\nHP-Outer: From: r@x.example\r\n"
    )
    yield fields + b'Content-Type: text/plain; hp="cipher"\r\n\r\nhej\r\n'
    yield (
        fields + b'Content-Type: multipart/mixed; boundary=a; protected-headers="v1"\r\n\r\n--a\r\n'
        b'Content-Type: text/plain; protected-headers="v1"\r\n\r\nSubject: x\r\n--a\r\n'
        b'Content-Type: text/html; hp-legacy-display="1"\r\n\r\n'
        b'<div class="header-protection-legacy-display">x</div>hej\r\n--a--\r\n'
    )


def one(data: bytes) -> None:
    """Slice it, look at every part, and slice it again inside another mail."""
    _texts(data)
    try:
        top = read_entity(data)
    except MalformedMail:
        return
    assert bytes(top.raw) == data
    _ranges(top)
    _signed_as_it_stands(top, data)
    try:
        _header(read_protected(top))
        content = read_content(top)
    except MalformedMail:
        return
    assert "\r" not in content.text
    for attachment in content.attachments:
        assert attachment.name, "an attachment without a name"
        assert not set(attachment.name) & set('/\\\0\r\n<>:"|?*')
        assert attachment.name not in (".", "..")
        assert len(attachment.sha256) == 64


def _header(found: Protected) -> None:
    """Whoever is named by the header that was signed is named in one form only."""
    for named in (found.from_addresses, found.recipients, found.outer_addresses()):
        for address in named or ():
            assert comparable(address) == address, "an address with two forms"
            assert address.isprintable(), "an address that cannot be shown"
    assert found.subject is None or "\r\n" not in found.subject


def _ranges(top: Part) -> None:
    waiting = [top]
    while waiting:
        part = waiting.pop()
        assert bytes(part.header) + bytes(part.body) == bytes(part.raw)
        for name in set(part.headers().names()):
            assert part.headers().count(name) == len(part.headers().all(name))
        at = 0
        body = bytes(part.body)
        for child in part.children:
            # Children stand in their parent one after the other, each as it came.
            at = body.find(bytes(child.raw), at)
            assert at >= 0, "a child that is not in its parent"
            at += len(child.raw)
        waiting.extend(part.children)


def _signed_as_it_stands(top: Part, data: bytes) -> None:
    """What is signed is the same octets, read the same, when it stands in a multipart/signed."""
    if _OUTSIDE in data:
        return
    try:
        child = read_entity(data.join(_WRAPPER)).children[0]
    except MalformedMail as error:
        if error.code in _TOO_MUCH:
            return
        raise AssertionError("read alone, and refused inside") from error
    assert bytes(child.raw) == data, "other octets than those that were signed"
    assert _shape(child) == _shape(top), "the same octets, read in another way"


def _shape(top: Part) -> list[tuple[object, ...]]:
    found = [top]
    for part in found:  # grows while it is walked
        found.extend(part.children)
    return [
        (part.media_type, part.filename, len(part.children), bytes(part.header), bytes(part.body))
        for part in found
    ]


def _texts(data: bytes) -> None:
    """The small readers take any octets at all."""
    line = unfold(data[:2000])
    decode_words(line)
    canonical = canonical_crlf(data)
    assert canonical_crlf(canonical) == canonical
    assert canonical.count(b"\n") == canonical.count(b"\r\n")
    try:
        parse_parameterised(line)
    except MalformedMail:
        return
