//! Which certificates are trusted (RFC 5280, by webpki). The authorities are loaded at the first TLS handshake, so
//! that plain HTTP never pays for them (some milliseconds).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use crate::NetworkError;

/// Where the authorities come from.
pub(crate) enum Authorities {
    /// The operating system.
    System,
    /// A bundle (with where it was named) and a directory, in place of the system's.
    Given { bundle: Option<(PathBuf, String)>, directory: Option<PathBuf> },
    /// Every certificate is accepted (`--trusted-host`).
    Anyone,
}

/// Checks the certificates of servers.
pub(crate) struct Trust {
    authorities: Authorities,
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<dyn ServerCertVerifier>, NetworkError>>,
}

impl Trust {
    pub(crate) fn new(authorities: Authorities, provider: Arc<CryptoProvider>) -> Self {
        Self { authorities, provider, verifier: OnceLock::new() }
    }

    /// The verifier; the first call loads the authorities.
    pub(crate) fn verifier(&self) -> Result<&Arc<dyn ServerCertVerifier>, NetworkError> {
        self.verifier.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)
    }

    /// Whether loading has not been begun: true for one caller only matters for speed.
    pub(crate) fn is_loaded(&self) -> bool {
        self.verifier.get().is_some() || matches!(self.authorities, Authorities::Anyone)
    }

    /// Whether the user has named this very certificate. The file is read again: this is rare.
    fn is_named(&self, certificate: &CertificateDer<'_>) -> bool {
        let Authorities::Given { bundle: Some((path, _)), .. } = &self.authorities else { return false };
        let pem = std::fs::read(path).unwrap_or_default();
        CertificateDer::pem_slice_iter(&pem).flatten().any(|named| named == *certificate)
    }

    fn load(&self) -> Result<Arc<dyn ServerCertVerifier>, NetworkError> {
        let Authorities::Given { bundle, directory } = &self.authorities else {
            return match rustls_platform_verifier::Verifier::new(self.provider.clone()) {
                Ok(verifier) => Ok(Arc::new(verifier)),
                Err(error) => Err(NetworkError::Setup {
                    what: "the system's store of certificate authorities".to_owned(),
                    reason: format!(
                        "{error}; name a file of trusted authorities with --cert or SSL_CERT_FILE"
                    ),
                }),
            };
        };
        let mut roots = RootCertStore::empty();
        if let Some((path, named_by)) = bundle {
            add_bundle(&mut roots, path).map_err(|reason| NetworkError::Setup {
                what: format!("the certificate file {} ({named_by})", path.display()),
                reason,
            })?;
        }
        if let Some(path) = directory {
            add_directory(&mut roots, path).map_err(|reason| NetworkError::Setup {
                what: format!("the certificate directory {}", path.display()),
                reason,
            })?;
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone()).build();
        let verifier = verifier.map_err(|error| NetworkError::Setup {
            what: "the list of trusted certificates".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(verifier)
    }
}

/// Whether webpki has refused a certificate for nothing but that it is an authority's: its time was looked at before.
pub(crate) fn is_authority(error: &CertificateError) -> bool {
    let CertificateError::Other(OtherError(cause)) = error else { return false };
    matches!(cause.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Adds the certificates of a PEM file; an error where it holds none.
fn add_bundle(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    // requests takes a directory where a bundle is expected, so users have set it so.
    if path.is_dir() {
        return add_directory(roots, path);
    }
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    if added == 0 { Err("there is no certificate (PEM) in it".to_owned()) } else { Ok(()) }
}

/// Adds the certificates of every PEM file of a directory, once each (OpenSSL links them under hashed names).
fn add_directory(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let mut added = 0;
    for entry in std::fs::read_dir(path).map_err(|error| error.to_string())?.flatten() {
        let Ok(pem) = std::fs::read(entry.path()) else { continue };
        added += roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten()).0;
    }
    if added == 0 { Err("there is no certificate (PEM) in it".to_owned()) } else { Ok(()) }
}

/// The certificates and the key of a client certificate file (PEM).
pub(crate) fn client_identity(
    path: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), NetworkError> {
    let failed = |reason: String| NetworkError::Setup {
        what: format!("the client certificate {}", path.display()),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).flatten().collect();
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| failed("there is no private key (PEM) in it".into()))?;
    if certificates.is_empty() {
        return Err(failed("there is no certificate (PEM) in it".to_owned()));
    }
    Ok((certificates, key))
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Trust")
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if matches!(self.authorities, Authorities::Anyone) {
            return Ok(ServerCertVerified::assertion());
        }
        let verifier = self.verifier().map_err(|error| Error::General(error.to_string()))?;
        match verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // A server that signs for itself, as `openssl req -x509` makes it: OpenSSL takes it, too, where it is named.
            Err(Error::InvalidCertificate(error)) if is_authority(&error) && self.is_named(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
