import ipaddress
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from cti.settings import Tls
from cti.tls import LIFE, CertificateRefused, Pair, names_in, pair, server_context, wanted_names

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def names_of(made: Pair) -> tuple[set[str], set[str]]:
    certificate = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = said.get_values_for_type(x509.IPAddress)
    return set(said.get_values_for_type(x509.DNSName)), {str(each) for each in addresses}


def test_a_self_made_certificate_names_host_names_and_addresses(tmp_path: Path) -> None:
    made = pair(
        Tls(), tmp_path / "tls", wanted_names(["desk.lan", "192.0.2.9", "0.0.0.0"]), now=NOW
    )

    hosts, addresses = names_of(made)
    assert {"localhost", "desk.lan"} <= hosts
    assert {"127.0.0.1", "::1", "192.0.2.9"} <= addresses
    assert "0.0.0.0" not in addresses
    assert all(ipaddress.ip_address(each) for each in addresses)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert server_context(made).minimum_version is ssl.TLSVersion.TLSv1_2


def test_it_is_kept_until_its_names_change_or_it_runs_out(tmp_path: Path) -> None:
    first = pair(Tls(), tmp_path, wanted_names([]), now=NOW).certificate.read_bytes()

    assert pair(Tls(), tmp_path, wanted_names([]), now=NOW).certificate.read_bytes() == first
    other = pair(Tls(), tmp_path, wanted_names(["desk.lan"]), now=NOW).certificate.read_bytes()
    assert other != first
    later = NOW + LIFE - timedelta(days=1)
    renewed = pair(Tls(), tmp_path, wanted_names(["desk.lan"]), now=later)
    assert renewed.certificate.read_bytes() != other


def test_names_that_no_certificate_can_hold_are_left_out(tmp_path: Path) -> None:
    made = pair(Tls(), tmp_path, wanted_names(["two words", "", "a..b", "*"]), now=NOW)

    assert not {"two words", "", "a..b", "*"} & names_of(made)[0]


def test_a_given_certificate_is_used_as_it_is(tmp_path: Path) -> None:
    own = pair(Tls(), tmp_path, wanted_names([]), now=NOW)

    given = pair(
        Tls(certificate=own.certificate, key=own.key), tmp_path / "other", wanted_names([]), now=NOW
    )

    assert (given.certificate, given.self_made) == (own.certificate, False)
    assert not (tmp_path / "other").exists()


def test_files_that_are_no_certificate_are_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a certificate")
    missing = tmp_path / "missing.key"

    with pytest.raises(CertificateRefused, match=r"missing\.key: no such file"):
        server_context(Pair(certificate=wrong, key=missing, self_made=False))
    with pytest.raises(CertificateRefused, match="Give a PEM certificate chain"):
        server_context(Pair(certificate=wrong, key=wrong, self_made=False))


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    one = pair(Tls(), tmp_path / "one", wanted_names([]), now=NOW)
    two = pair(Tls(), tmp_path / "two", wanted_names([]), now=NOW)

    with pytest.raises(CertificateRefused, match="its own key"):
        server_context(Pair(certificate=one.certificate, key=two.key, self_made=False))


def test_the_names_of_a_certificate_are_told(tmp_path: Path) -> None:
    made = pair(Tls(), tmp_path, wanted_names(["Desk.lan"]), now=NOW)

    assert {"localhost", "desk.lan"} <= set(names_in(made))
    (tmp_path / "torn.pem").write_text("-----BEGIN")
    torn = Pair(certificate=tmp_path / "torn.pem", key=made.key, self_made=False)
    assert names_in(torn) == ()


def test_the_self_made_one_says_what_its_key_is_for(tmp_path: Path) -> None:
    made = pair(Tls(), tmp_path, wanted_names([]), now=NOW)

    said = x509.load_pem_x509_certificate(made.certificate.read_bytes()).extensions
    usage = said.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert not usage.value.key_encipherment
    purposes = said.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_no_suite_without_forward_secrecy_or_with_cbc_is_offered(tmp_path: Path) -> None:
    context = server_context(pair(Tls(), tmp_path, wanted_names([]), now=NOW))

    names = [suite["name"] for suite in context.get_ciphers()]
    assert names
    assert all("GCM" in name or "CHACHA20" in name for name in names)
    assert all(name.startswith(("TLS_", "ECDHE-")) for name in names)
