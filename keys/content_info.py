"""ContentInfo, the outermost structure of every CMS message (RFC 5652 3)."""

from typing import Final

from keys import asn1
from keys.algorithms import (
    AUTH_ENVELOPED_DATA,
    COMPRESSED_DATA,
    DATA,
    ENVELOPED_DATA,
    SIGNED_DATA,
)
from keys.asn1 import Element, Reader
from keys.errors import StructureError

_KINDS: Final = {
    SIGNED_DATA: "signed",
    ENVELOPED_DATA: "enveloped",
    AUTH_ENVELOPED_DATA: "auth-enveloped",
    COMPRESSED_DATA: "compressed",
}


def read_content_info(data: bytes | memoryview) -> tuple[bytes, Reader]:
    """Give the content type's OID octets and a cursor inside the content's SEQUENCE."""
    info = asn1.read(data).children()
    content_type = info.oid()
    wrapper = info.enter(0xA0)
    info.finish()
    content = wrapper.take(asn1.SEQUENCE)
    wrapper.finish()
    return content_type, content.children()


def content_kind(head: bytes | memoryview) -> str | None:
    """Tell from the first octets of a CMS message what it is, without reading the rest.

    Gives `signed`, `enveloped`, `auth-enveloped`, `compressed`, or None for anything else.
    """
    view = memoryview(head)
    if len(view) < 4 or view[0] != asn1.SEQUENCE:
        return None
    start = 2 + (view[1] & 0x7F if view[1] > 0x80 else 0)
    if len(view) < start + 2 or view[start] != asn1.OID:
        return None
    end = start + 2 + view[start + 1]
    return _KINDS.get(bytes(view[start + 2 : end]))


def read_algorithm(element: Element) -> tuple[bytes, Element | None]:
    """Give an AlgorithmIdentifier's OID octets and its parameters, NULL counting as absent."""
    reader = element.children()
    oid = reader.oid()
    parameters = reader.take() if reader.more() else None
    reader.finish()
    if parameters is not None and parameters.tag == asn1.NULL:
        if parameters.body != parameters.end:
            raise StructureError("NULL with content")
        parameters = None
    return oid, parameters


def require_data(content_type: bytes) -> None:
    """Raise `StructureError` unless the type is id-data, the only one in mail (RFC 8551)."""
    if content_type != DATA:
        raise StructureError("content is not id-data")


def content_info(content_type: bytes, content: bytes) -> bytes:
    """Write a ContentInfo around a SEQUENCE."""
    return asn1.sequence(asn1.oid(content_type), asn1.explicit(0, content))
