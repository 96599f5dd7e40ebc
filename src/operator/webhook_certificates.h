#pragma once
// The webhook's own authority and serving certificate, as they stand in the Secret: whether they
// still serve, and what takes their place before they end. Source of the Secret's keys: the
// reference's pkg/certificate. No I/O but for making keys.
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "net/tls.h"

namespace firesteel::operators {

struct WebhookCertificates {
  std::string authority_key;
  // What callers trust: the authority's certificate, and after a rotation its predecessor's behind
  // it, so that a certificate of either is good while the change is under way.
  std::string authorities;
  net::KeyPair server;

  bool operator==(const WebhookCertificates& other) const {
    return authority_key == other.authority_key && authorities == other.authorities &&
           server.certificate_pem == other.server.certificate_pem &&
           server.key_pem == other.server.key_pem;
  }
};

struct CertificateTimes {
  std::chrono::days authority{3650};
  std::chrono::days server{365};
  // Renewed when less is left than this part of the lifetime: 10 years - 180 days, as the
  // reference; a year - 60 days.
  std::chrono::days renew_authority_before{180};
  std::chrono::days renew_server_before{60};
};

// From a Secret's data (ca-key.pem, ca-cert.pem, server-key.pem, server-cert.pem); empty members
// where keys are missing or not base64.
[[nodiscard]] WebhookCertificates certificates_in(const json::Value& secret);
// The Secret's data with them in it.
[[nodiscard]] json::Object secret_data(const WebhookCertificates& certificates);

// The same when all is good for long enough at `now`, else renewed: the server's alone while the
// authority lasts, both when it does not. Errors: kInternal when keys cannot be made.
[[nodiscard]] Result<WebhookCertificates> renewed(WebhookCertificates present,
                                                  const std::vector<std::string>& names,
                                                  TimePoint now, const CertificateTimes& times);
// When renewed() will next do something.
[[nodiscard]] TimePoint renewal_due(const WebhookCertificates& certificates,
                                    const CertificateTimes& times);

}  // namespace firesteel::operators
