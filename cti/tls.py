"""The desktop's certificate: the one given, or a self-made one kept in the data folder.

Browsers give the microphone to pages from other machines only over HTTPS. A self-made certificate
is made once, names this machine's host names and addresses, and is made again when those change or
it runs out; a browser asks once whether to trust it.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cti.settings import Tls

LIFE: Final = timedelta(days=397)  # the longest that browsers accept
RENEW_BEFORE: Final = timedelta(days=30)
CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, what keeps past talks secret and has no CBC; TLS 1.3 has nothing else anyway."""
ALWAYS: Final = ("localhost", "127.0.0.1", "::1")


class CertificateRefused(Exception):
    """A certificate or key cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate chain and its private key, both PEM files."""

    certificate: Path
    key: Path
    self_made: bool


def pair(tls: Tls, folder: Path, names: tuple[str, ...], *, now: datetime) -> Pair:
    """Give the certificate in force; a self-made one, for ``names``, lies in ``folder``."""
    if tls.certificate is not None and tls.key is not None:
        return Pair(certificate=tls.certificate, key=tls.key, self_made=False)
    own = Pair(certificate=folder / "self-made.pem", key=folder / "self-made.key", self_made=True)
    if not _still_good(own, names, now):
        _make(own, names, now)
    return own


def server_context(given: Pair) -> ssl.SSLContext:
    """Make the context that the desktop server listens with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    for file in (given.certificate, given.key):
        if not file.exists():
            raise CertificateRefused(f"{file}: no such file. Check its path.")
    try:
        context.load_cert_chain(given.certificate, given.key)
    except PermissionError as error:
        raise CertificateRefused(f"{given.key}: may not be read. Let this user read it.") from error
    except ssl.SSLError as error:
        raise CertificateRefused(
            f"{given.certificate} and {given.key}: {error.reason or error}. "
            "Give a PEM certificate chain, leaf first, and its own key without a pass phrase."
        ) from error
    return context


def names_in(given: Pair) -> tuple[str, ...]:
    """Host names that the certificate speaks for, in lower case."""
    try:
        found = x509.load_pem_x509_certificate(given.certificate.read_bytes())
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return ()
    return tuple(name.lower() for name in said.get_values_for_type(x509.DNSName))


def wanted_names(more: Iterable[str]) -> tuple[str, ...]:
    """Names and addresses under which browsers may reach this machine."""
    found = dict.fromkeys(ALWAYS)
    host = socket.gethostname()
    found |= dict.fromkeys(name for name in (host, f"{host}.local") if _is_host(name))
    found |= dict.fromkeys(_own_addresses())
    found |= dict.fromkeys(name for name in more if _is_address(name) or _is_host(name))
    unspecified = {"0.0.0.0", "::"}  # noqa: S104 - left out of the names, not listened on
    return tuple(name for name in found if name not in unspecified)


def _own_addresses() -> list[str]:
    """Addresses of this machine towards others; sends nothing."""
    found: list[str] = []
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_host(name: str) -> bool:
    return 0 < len(name) <= 253 and all(
        part and len(part) <= 63 and part.replace("-", "a").replace("_", "a").isalnum()
        for part in name.split(".")
    )


def _still_good(own: Pair, names: tuple[str, ...], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(own.certificate.read_bytes())
        said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    held = {str(each) for each in said.get_values_for_type(x509.DNSName)}
    held |= {str(each) for each in said.get_values_for_type(x509.IPAddress)}
    lasts = found.not_valid_after_utc - now > RENEW_BEFORE
    return own.key.exists() and lasts and set(names) <= held


_SIGNS_ONLY: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
"""What a server's key of this kind does; it makes no other certificates."""


def _make(own: Pair, names: tuple[str, ...], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Parley, self-made")])
    general: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)
        for name in names
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS_ONLY, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    own.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(own.key, secret, mode=0o600)
    _write(own.certificate, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=mode, exist_ok=False)
    part.write_bytes(content)
    part.replace(path)
