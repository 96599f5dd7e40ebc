#include "net/tls.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/check.h"
#include "net/polled_stream.h"

namespace firesteel::net {
namespace {

using std::chrono::milliseconds;

template <typename T, auto kFree>
using Owned = std::unique_ptr<T, std::integral_constant<decltype(kFree), kFree>>;
using Bio = Owned<BIO, BIO_free_all>;
using Certificate = Owned<X509, X509_free>;
using Context = Owned<SSL_CTX, SSL_CTX_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Session = Owned<SSL, SSL_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

constexpr std::size_t kCoordinate = 32;  // bytes of a P-256 number

std::unexpected<Error> fail_openssl(ErrorCode code, std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return fail(code, fmt::format("{}: {}", what, reason == nullptr ? "unknown reason" : reason));
}

Bio bio_over(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string content_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<Certificate> read_certificate(const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(bio_over(pem).get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail_openssl(ErrorCode::kInvalid, "read a PEM certificate");
  return certificate;
}

// No pass phrase is ever asked for on the terminal: an encrypted key is an error.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Result<Key> read_private_key(const std::string& pem) {
  Key key(PEM_read_bio_PrivateKey(bio_over(pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) return fail_openssl(ErrorCode::kInvalid, "read a PEM private key");
  return key;
}

Result<std::string> print_private_key(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail_openssl(ErrorCode::kInternal, "write a private key");
  return content_of(bio);
}

struct Draft {
  Certificate certificate{X509_new()};
  Key key{EVP_EC_gen("P-256")};
};

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

// All but issuer and extensions. Valid from five minutes ago, for clocks differ.
bool fill(const Draft& draft, const std::string& common_name,
          const std::vector<std::string>& organizations, std::chrono::days lifetime) {
  X509* certificate = draft.certificate.get();
  std::string serial = random_bytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);  // positive and of full length
  const Owned<BIGNUM, BN_free> number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()), 16, nullptr));
  const long seconds = static_cast<long>(std::chrono::seconds(lifetime).count());
  X509_NAME* subject = X509_get_subject_name(certificate);
  bool good = X509_set_version(certificate, X509_VERSION_3) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -300) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), seconds) != nullptr &&
              X509_set_pubkey(certificate, draft.key.get()) == 1;
  for (const std::string& organization : organizations)
    good = good && add_name(subject, "O", organization);
  return good && add_name(subject, "CN", common_name);
}

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// The subject alternative names, built field by field: no name can smuggle in another.
Result<void> add_alternative_names(X509* certificate, const CertificateRequest& request) {
  if (request.dns_names.empty() && request.ip_addresses.empty()) return {};
  const Names names(GENERAL_NAMES_new());
  const auto push = [&](int type, ASN1_STRING* value) {
    GENERAL_NAME* entry = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(entry, type, value);
    sk_GENERAL_NAME_push(names.get(), entry);
  };
  for (const std::string& name : request.dns_names) {
    ASN1_STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    push(GEN_DNS, text);
  }
  for (const std::string& address : request.ip_addresses) {
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(address.c_str());
    if (bytes == nullptr)
      return fail(ErrorCode::kInvalid, "issue a certificate: '" + address + "' is no IP address");
    push(GEN_IPADD, bytes);
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) != 1)
    return fail_openssl(ErrorCode::kInternal, "issue a certificate");
  return {};
}

Result<KeyPair> sign_and_print(const Draft& draft, EVP_PKEY* issuer_key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (X509_sign(draft.certificate.get(), issuer_key, EVP_sha256()) == 0 ||
      PEM_write_bio_X509(bio.get(), draft.certificate.get()) != 1)
    return fail_openssl(ErrorCode::kInternal, "sign a certificate");
  KeyPair pair{content_of(bio), TRY(print_private_key(draft.key.get()))};
  return pair;
}

std::string digest_of(const char* algorithm, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  const int done =
      EVP_Q_digest(nullptr, algorithm, nullptr, bytes.data(), bytes.size(), digest, &size);
  ASSERT(done == 1, "OpenSSL has SHA-1 and SHA-256");
  return {reinterpret_cast<char*>(digest), size};
}

// --- A socket BIO that never raises SIGPIPE: OpenSSL's own uses write(2) ---

int socket_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const ssize_t count = ::send(fd, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int socket_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto fd = static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
  const ssize_t count = ::recv(fd, data, static_cast<std::size_t>(size), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long socket_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* socket_bio(int fd) {
  static const Owned<BIO_METHOD, BIO_meth_free> method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "firesteel");
    BIO_meth_set_write(made, socket_write);
    BIO_meth_set_read(made, socket_read);
    BIO_meth_set_ctrl(made, socket_control);
    return Owned<BIO_METHOD, BIO_meth_free>(made);
  }();
  BIO* bio = BIO_new(method.get());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

class TlsStream final : public PolledStream {
 public:
  TlsStream(Fd socket, Session session)
      : PolledStream(std::move(socket)), session_(std::move(session)) {
    BIO* bio = socket_bio(fd());
    SSL_set_bio(session_.get(), bio, bio);
  }
  ~TlsStream() override {
    if (usable_ && !closed()) SSL_shutdown(session_.get());  // says goodbye, never waits
    ERR_clear_error();
  }

  SSL* session() const { return session_.get(); }

  Result<void> handshake(milliseconds timeout) {
    const Deadline deadline = deadline_in(timeout);
    while (true) {
      ERR_clear_error();
      const int result = SSL_do_handshake(session_.get());
      if (result == 1) break;
      const Attempt attempt = TRY(context(after(result), "TLS handshake"));
      TRY(context(wait_ready(fd(), attempt.wait_for, {}, deadline), "TLS handshake"));
    }
    usable_ = true;
    return {};
  }

  std::size_t pending() const override {
    return static_cast<std::size_t>(SSL_pending(session_.get()));
  }

 private:
  Result<Attempt> try_read(char* buffer, std::size_t size) override {
    ERR_clear_error();
    Attempt attempt;
    const int result = SSL_read_ex(session_.get(), buffer, size, &attempt.count);
    if (result == 1 || SSL_get_error(session_.get(), result) == SSL_ERROR_ZERO_RETURN)
      return attempt;
    return after(result);
  }

  Result<Attempt> try_write(std::string_view bytes) override {
    ERR_clear_error();
    Attempt attempt;
    const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &attempt.count);
    if (result == 1) return attempt;
    return after(result);
  }

  Result<Attempt> after(int result) {
    const int saved = errno;
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return Attempt{0, POLLIN};
    if (error == SSL_ERROR_WANT_WRITE) return Attempt{0, POLLOUT};
    usable_ = false;
    if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN)
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the connection broke: {}",
                              error == SSL_ERROR_SYSCALL ? std::strerror(saved) : "closed"));
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict == X509_V_OK) return fail_openssl(ErrorCode::kUnavailable, "TLS");
    ERR_clear_error();
    return fail(ErrorCode::kUnavailable, fmt::format("TLS: the certificate does not verify: {}",
                                                     X509_verify_cert_error_string(verdict)));
  }

  Session session_;
  bool usable_ = false;
};

Result<Context> new_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
    return fail_openssl(ErrorCode::kInternal, "create a TLS context");
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // HTTP frames its messages, so a missing close_notify hides nothing.
  SSL_CTX_set_options(context.get(),
                      SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  return context;
}

// The leaf and what follows it in the PEM.
Result<void> use_certificate(SSL_CTX* context, const KeyPair& pair) {
  const Key key = TRY(read_private_key(pair.key_pem));
  const Bio bio = bio_over(pair.certificate_pem);
  bool good = false;
  for (bool leaf = true;; leaf = false) {
    const Certificate next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    good = leaf ? SSL_CTX_use_certificate(context, next.get()) == 1 &&
                      SSL_CTX_use_PrivateKey(context, key.get()) == 1
                : good && SSL_CTX_add1_chain_cert(context, next.get()) == 1;
  }
  if (!good) return fail_openssl(ErrorCode::kInvalid, "use a certificate with its key");
  ERR_clear_error();
  return {};
}

// Every certificate of the PEM; asks_for: also named to clients, to choose a certificate by.
Result<void> trust(SSL_CTX* context, const std::string& pem, bool asks_for) {
  const Bio bio = bio_over(pem);
  int count = 0;
  while (const Certificate authority{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
    if (asks_for) SSL_CTX_add_client_CA(context, authority.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0)
    return fail(ErrorCode::kInvalid, "read the certificate authority: no PEM certificate in it");
  return {};
}

std::vector<std::string> names_of(const X509* certificate, int nid) {
  std::vector<std::string> names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, nid, i)) >= 0;) {
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
    if (size >= 0)
      names.emplace_back(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  return names;
}

class ServerContext final : public TlsServerContext {
 public:
  explicit ServerContext(Context context) : context_(std::move(context)) {}

  Result<std::unique_ptr<Stream>> accept(int fd, milliseconds deadline, Peer& peer) override {
    auto stream = std::make_unique<TlsStream>(Fd(fd), Session(SSL_new(context_.get())));
    SSL_set_accept_state(stream->session());
    TRY(stream->handshake(deadline));
    const Certificate certificate(SSL_get1_peer_certificate(stream->session()));
    if (certificate && SSL_get_verify_result(stream->session()) == X509_V_OK) {
      const auto common_names = names_of(certificate.get(), NID_commonName);
      peer.common_name = common_names.empty() ? "" : common_names.front();
      peer.organizations = names_of(certificate.get(), NID_organizationName);
    }
    return stream;
  }

 private:
  Context context_;
};

class ClientContext final : public TlsClientContext {
 public:
  ClientContext(Context context, TlsClientOptions options)
      : context_(std::move(context)), options_(std::move(options)) {}

  Result<std::unique_ptr<Stream>> connect(int fd, const std::string& host,
                                          milliseconds deadline) override {
    auto stream = std::make_unique<TlsStream>(Fd(fd), Session(SSL_new(context_.get())));
    SSL* session = stream->session();
    SSL_set_connect_state(session);
    const std::string& name = options_.server_name.empty() ? host : options_.server_name;
    // An address is no server name (RFC 6066) and stands in another field of the certificate.
    const bool set = is_ip_address(name)
                         ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name.c_str()) == 1
                         : SSL_set1_host(session, name.c_str()) == 1 &&
                               SSL_set_tlsext_host_name(session, name.c_str()) == 1;
    if (!set) return fail_openssl(ErrorCode::kInternal, "prepare TLS to " + name);
    TRY(context(stream->handshake(deadline), "connect to " + host));
    return stream;
  }

 private:
  Context context_;
  TlsClientOptions options_;
};

}  // namespace

Result<KeyPair> make_certificate_authority(const std::string& common_name,
                                           std::chrono::days lifetime) {
  const Draft draft;
  X509* certificate = draft.certificate.get();
  if (!draft.key || !fill(draft, common_name, {}, lifetime) ||
      X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE") ||
      !add_extension(certificate, certificate, NID_key_usage,
                     "critical,keyCertSign,cRLSign,digitalSignature") ||
      !add_extension(certificate, certificate, NID_subject_key_identifier, "hash"))
    return fail_openssl(ErrorCode::kInternal, "make a certificate authority");
  return sign_and_print(draft, draft.key.get());
}

Result<KeyPair> issue_certificate(const KeyPair& authority, const CertificateRequest& request) {
  const Certificate issuer = TRY(read_certificate(authority.certificate_pem));
  const Key issuer_key = TRY(read_private_key(authority.key_pem));
  const Draft draft;
  X509* certificate = draft.certificate.get();
  if (!draft.key || !fill(draft, request.common_name, request.organizations, request.lifetime) ||
      X509_set_issuer_name(certificate, X509_get_subject_name(issuer.get())) != 1 ||
      !add_extension(certificate, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, issuer.get(), NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth") ||
      !add_extension(certificate, issuer.get(), NID_authority_key_identifier, "keyid"))
    return fail_openssl(ErrorCode::kInternal, "issue a certificate");
  TRY(add_alternative_names(certificate, request));
  return sign_and_print(draft, issuer_key.get());
}

Result<std::chrono::system_clock::time_point> certificate_expiry(
    const std::string& certificate_pem) {
  const Certificate certificate = TRY(read_certificate(certificate_pem));
  std::tm utc{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &utc) != 1)
    return fail_openssl(ErrorCode::kInvalid, "read a certificate's expiry");
  return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

Result<std::string> make_signing_key_pem() {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return fail_openssl(ErrorCode::kInternal, "make a signing key");
  return print_private_key(key.get());
}

Result<std::string> sign_es256(const std::string& key_pem, std::string_view bytes) {
  const Key key = TRY(read_private_key(key_pem));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> digest(EVP_MD_CTX_new());
  unsigned char der[128];
  std::size_t size = sizeof der;
  if (EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), der, &size, reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size()) != 1)
    return fail_openssl(ErrorCode::kInternal, "sign");
  const unsigned char* at = der;
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  unsigned char raw[2 * kCoordinate];
  if (!signature ||
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw, kCoordinate) != kCoordinate ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw + kCoordinate, kCoordinate) !=
          kCoordinate)
    return fail(ErrorCode::kInvalid, "sign: the key is not ECDSA P-256");
  return std::string(reinterpret_cast<char*>(raw), sizeof raw);
}

bool verify_es256(const std::string& key_pem, std::string_view bytes, std::string_view signature) {
  if (signature.size() != 2 * kCoordinate) return false;
  Key key(PEM_read_bio_PrivateKey(bio_over(key_pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) key.reset(PEM_read_bio_PUBKEY(bio_over(key_pem).get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!key) return false;
  const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
  const Signature pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(raw, kCoordinate, nullptr),
                 BN_bin2bn(raw + kCoordinate, kCoordinate, nullptr));
  unsigned char der[128];
  unsigned char* end = der;
  const int size = i2d_ECDSA_SIG(pair.get(), &end);
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> digest(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const bool good =
      EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(digest.get(), der, static_cast<std::size_t>(size), data, bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string sha256_hex(std::string_view bytes) {
  std::string out;
  for (const char c : digest_of("SHA256", bytes))
    out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}
std::string sha1_base64(std::string_view bytes) {
  return base64_encode(digest_of("SHA1", bytes));
}

Result<std::shared_ptr<TlsServerContext>> TlsServerContext::create(
    const KeyPair& certificate, const std::string& client_ca_pem) {
  Context context = TRY(new_context(TLS_server_method()));
  TRY(use_certificate(context.get(), certificate));
  if (!client_ca_pem.empty()) {
    TRY(trust(context.get(), client_ca_pem, true));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return std::make_shared<ServerContext>(std::move(context));
}

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::create(
    const TlsClientOptions& options) {
  Context context = TRY(new_context(TLS_client_method()));
  if (!options.certificate.certificate_pem.empty())
    TRY(use_certificate(context.get(), options.certificate));
  if (!options.ca_pem.empty())
    TRY(trust(context.get(), options.ca_pem, false));
  else
    SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(),
                     options.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  return std::make_shared<ClientContext>(std::move(context), options);
}

}  // namespace firesteel::net
