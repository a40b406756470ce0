//! The binding of a login to its TLS channel: a hash of the server's certificate (`tls-server-end-point`, RFC 5929).
//!
//! Checks no certificate; it reads one field of it.

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Tag of a SEQUENCE in DER.
const SEQUENCE: u8 = 0x30;
/// Tag of an OBJECT IDENTIFIER in DER.
const OBJECT_IDENTIFIER: u8 = 0x06;

/// Signature algorithms by their identifiers' bytes, and the hash that each uses. RFC 5929 takes SHA-256 for those of MD5
/// and SHA-1.
const ALGORITHMS: &[(&[u8], Hash)] = &[
    // RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512: 1.2.840.113549.1.1.x
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], Hash::Sha512),
    // ECDSA with SHA-1 (1.2.840.10045.4.1), SHA-256, SHA-384, SHA-512 (1.2.840.10045.4.3.x)
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], Hash::Sha256),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], Hash::Sha384),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], Hash::Sha512),
];

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The hash of a certificate that a login is tied to; `None` for signature algorithms that RFC 5929 knows no hash for, such as
/// Ed25519.
pub(super) fn of_certificate(der: &[u8]) -> Option<Vec<u8>> {
    let algorithm = signature_algorithm(der)?;
    let (_, hash) = ALGORITHMS.iter().find(|(known, _)| *known == algorithm)?;
    Some(match hash {
        Hash::Sha256 => Sha256::digest(der).to_vec(),
        Hash::Sha384 => Sha384::digest(der).to_vec(),
        Hash::Sha512 => Sha512::digest(der).to_vec(),
    })
}

/// The identifier of the algorithm that the certificate is signed by: `SEQUENCE { tbs, SEQUENCE { identifier, … }, … }`.
fn signature_algorithm(der: &[u8]) -> Option<&[u8]> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (_, after_body) = element(certificate, SEQUENCE)?;
    let (algorithm, _) = element(after_body, SEQUENCE)?;
    element(algorithm, OBJECT_IDENTIFIER).map(|(identifier, _)| identifier)
}

/// The content of the first element, which must have this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    if first < 0x80 {
        return rest.split_at_checked(first.into());
    }
    let (length, rest) = rest.split_at_checked((first & 0x7f).into())?;
    if length.len() > size_of::<u32>() {
        return None;
    }
    let length = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_is_found_behind_the_body() {
        let body = [&[SEQUENCE, 0x81, 0x80][..], &[0; 0x80]].concat();
        let identifier = ALGORITHMS[6].0;
        let algorithm = [&[SEQUENCE, 10, OBJECT_IDENTIFIER, 8][..], identifier].concat();
        let content = [body, algorithm].concat();
        let der = [&[SEQUENCE, 0x82, 0, u8::try_from(content.len()).unwrap()][..], &content].concat();
        assert_eq!(signature_algorithm(&der), Some(identifier));
        assert_eq!(of_certificate(&der), Some(Sha256::digest(&der).to_vec()));
    }

    #[test]
    fn what_is_no_certificate_has_no_binding() {
        for der in
            [&b""[..], b"0", b"0\x80", b"0\x84\xff\xff\xff\xff", b"0\x89123456789", b"1\0", b"0\x02\x30\0"]
        {
            assert_eq!(of_certificate(der), None, "{der:?}");
        }
    }
}
