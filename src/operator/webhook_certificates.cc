#include "operator/webhook_certificates.h"

#include <fmt/format.h>

namespace firesteel::operators {
namespace {

constexpr std::string_view kAuthorityKey = "ca-key.pem";
constexpr std::string_view kAuthorities = "ca-cert.pem";
constexpr std::string_view kServerKey = "server-key.pem";
constexpr std::string_view kServer = "server-cert.pem";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";

std::string decoded(const json::Value& secret, std::string_view key) {
  return net::base64_decode(json::string_at(secret, {"data", key})).value_or("");
}

// The first certificate of a chain of PEM blocks.
std::string first_of(const std::string& certificates) {
  const std::size_t end = certificates.find(kEnd);
  return end == std::string::npos ? certificates : certificates.substr(0, end + kEnd.size());
}

// The epoch for what is no certificate: long over.
TimePoint expiry(const std::string& certificate) {
  if (certificate.empty()) return TimePoint();
  return net::certificate_expiry(certificate).value_or(TimePoint());
}

}  // namespace

WebhookCertificates certificates_in(const json::Value& secret) {
  return {decoded(secret, kAuthorityKey),
          decoded(secret, kAuthorities),
          {decoded(secret, kServer), decoded(secret, kServerKey)}};
}

json::Object secret_data(const WebhookCertificates& certificates) {
  return {{kAuthorityKey, net::base64_encode(certificates.authority_key)},
          {kAuthorities, net::base64_encode(certificates.authorities)},
          {kServerKey, net::base64_encode(certificates.server.key_pem)},
          {kServer, net::base64_encode(certificates.server.certificate_pem)}};
}

Result<WebhookCertificates> renewed(WebhookCertificates present,
                                    const std::vector<std::string>& names, TimePoint now,
                                    const CertificateTimes& times) {
  const bool authority_good = !present.authority_key.empty() &&
                              expiry(present.authorities) > now + times.renew_authority_before;
  const bool server_good = !present.server.key_pem.empty() &&
                           expiry(present.server.certificate_pem) > now + times.renew_server_before;
  if (authority_good && server_good) return present;
  if (!authority_good) {
    const std::string old = first_of(present.authorities);
    // Each authority has a name of its own, so that nobody takes one for the other.
    const net::KeyPair made = TRY(net::make_certificate_authority(
        "spark-operator-webhook-ca-" + net::random_uuid().substr(0, 8), times.authority));
    present.authority_key = made.key_pem;
    present.authorities = made.certificate_pem + (expiry(old) > now ? old : "");
  }
  const net::KeyPair authority{first_of(present.authorities), present.authority_key};
  auto server = net::issue_certificate(
      authority,
      {names.empty() ? "spark-operator-webhook" : names.front(), {}, names, {}, times.server});
  // A key that does not belong to anything: begin anew.
  if (!server && authority_good) return renewed({}, names, now, times);
  present.server = TRY(std::move(server));
  return present;
}

TimePoint renewal_due(const WebhookCertificates& certificates, const CertificateTimes& times) {
  return std::min(expiry(certificates.authorities) - times.renew_authority_before,
                  expiry(certificates.server.certificate_pem) - times.renew_server_before);
}

}  // namespace firesteel::operators
