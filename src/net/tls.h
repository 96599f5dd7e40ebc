#pragma once
// Certificates and TLS contexts. OpenSSL is included only by tls.cc. Thread-safe after
// construction.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace firesteel::net {

struct KeyPair {
  std::string certificate_pem;
  std::string key_pem;
};

// A self-signed certificate authority (ECDSA P-256).
[[nodiscard]] Result<KeyPair> make_certificate_authority(const std::string& common_name,
                                                         std::chrono::days lifetime);

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::chrono::days lifetime{365};
};
// Signed by `authority`, usable as server and client certificate.
[[nodiscard]] Result<KeyPair> issue_certificate(const KeyPair& authority,
                                                const CertificateRequest& request);
// When it expires. Errors: kInvalid for text that is no certificate.
[[nodiscard]] Result<std::chrono::system_clock::time_point> certificate_expiry(
    const std::string& certificate_pem);

// ES256 (ECDSA P-256, raw r||s) over bytes, for JSON Web Tokens; SHA-256 and random bytes for ids
// and digests.
[[nodiscard]] Result<std::string> make_signing_key_pem();
[[nodiscard]] Result<std::string> sign_es256(const std::string& key_pem, std::string_view bytes);
[[nodiscard]] bool verify_es256(const std::string& key_pem, std::string_view bytes,
                                std::string_view signature);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
[[nodiscard]] std::string sha1_base64(std::string_view bytes);  // for the WebSocket handshake
[[nodiscard]] std::string base64_encode(std::string_view bytes);
[[nodiscard]] Result<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::string base64url_encode(std::string_view bytes);  // no padding
[[nodiscard]] Result<std::string> base64url_decode(std::string_view text);
[[nodiscard]] std::string random_bytes(std::size_t count);
// RFC 4122 version 4, lower case.
[[nodiscard]] std::string random_uuid();

// Server side: presents `certificate`; a client certificate is asked for, and must verify against
// client_ca when sent.
class TlsServerContext {
 public:
  static Result<std::shared_ptr<TlsServerContext>> create(const KeyPair& certificate,
                                                          const std::string& client_ca_pem);
  virtual ~TlsServerContext() = default;
  // Takes the connected socket `fd` (closed with the stream) and does the handshake within
  // `deadline`.
  virtual Result<std::unique_ptr<Stream>> accept(int fd, std::chrono::milliseconds deadline,
                                                 Peer& peer) = 0;
};

struct TlsClientOptions {
  std::string ca_pem;       // "" = the system's
  KeyPair certificate;      // empty = none
  std::string server_name;  // "" = the host connected to
  bool insecure_skip_verify = false;
};
class TlsClientContext {
 public:
  static Result<std::shared_ptr<TlsClientContext>> create(const TlsClientOptions& options);
  virtual ~TlsClientContext() = default;
  virtual Result<std::unique_ptr<Stream>> connect(int fd, const std::string& host,
                                                  std::chrono::milliseconds deadline) = 0;
};

}  // namespace firesteel::net
