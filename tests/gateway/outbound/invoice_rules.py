"""Holds an invoice against the published rules: run with the folder of the rules on the path.

    python -I tests/gateway/outbound/invoice_rules.py RULES FILE...

RULES is where `make invoice-rules` puts the packages that carry them: the OASIS schemas of UBL 2.1,
the EN 16931 rules of CEN as XSLT, and what runs them. Writes a JSON list of findings for each file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

CEN = "mcp_einvoicing_core/resources/schematron/en16931_base/CEN-EN16931-UBL.xslt"
SCHEMAS = "peppol/schema/maindoc/UBL-{}-2.1.xsd"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def main(rules: Path, files: list[str]) -> None:
    sys.path.insert(0, str(rules))
    from lxml import etree  # noqa: PLC0415  there only where the rules are
    from saxonche import PySaxonProcessor  # type: ignore[import-not-found]  # noqa: PLC0415

    names = ("Invoice", "CreditNote")
    schemas = {n: etree.XMLSchema(etree.parse(rules / SCHEMAS.format(n))) for n in names}
    with PySaxonProcessor(license=False) as processor:
        compiled: Any = processor.new_xslt30_processor()
        executable = compiled.compile_stylesheet(stylesheet_file=str(rules / CEN))
        for file in files:
            document = etree.parse(file)
            schema = schemas[etree.QName(document.getroot()).localname]
            found = []
            if not schema.validate(document):
                found += [f"XSD: {error.message}" for error in schema.error_log]
            report = etree.fromstring(executable.transform_to_string(source_file=file).encode())
            fired = report.findall(f"{SVRL}fired-rule")
            found += [] if fired else ["CEN: no rule looked at the document"]
            for failed in report.iter(f"{SVRL}failed-assert"):
                words = " ".join("".join(failed.itertext()).split())
                found.append(f"{failed.get('id')} {failed.get('flag')}: {words}")
            sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
