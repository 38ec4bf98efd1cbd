#!/bin/sh
# The programs that tests use beside our own: the other side of a mail, and a look at system calls.
# Installs what is missing where it may; otherwise says what to install, and fails: no test is skipped.
set -eu
PATH=$PATH:/usr/sbin # where Debian keeps daemons
missing=
for pair in openssl:openssl cmsutil:libnss3-tools strace:strace gpgsm:gpgsm gpg:gpg gpg-agent:gpg-agent pdftotext:poppler-utils \
    clamd:clamav-daemon chromium:chromium xmllint:libxml2-utils qpdf:qpdf pdftk:pdftk-java softhsm2-util:softhsm2 pkcs11-tool:opensc slapd:slapd ldapadd:ldap-utils; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "the tests need$missing; installing with apt-get" >&2
    # shellcheck disable=SC2086  # a list of names
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "the tests need programs that are missing; install these packages:$missing" >&2
exit 1
