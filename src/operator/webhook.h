#pragma once
// `spark-operator-webhook`: serves the validating and mutating webhooks over TLS, keeps their
// certificates in a Secret and the caBundle of both configurations right. Certificates are renewed
// before they end, without restart or gap: callers are told of a new authority while the old
// certificate is still served, then connections get the new one.
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kube/api.h"
#include "operator/webhook_certificates.h"

namespace firesteel::operators {

class Webhook {
 public:
  struct Options {
    std::string address = "0.0.0.0";
    int port = 9443;  // 0 = any free one
    // The Service, and the name of both configurations; its Secret is NAME-certs.
    std::string name = "spark-operator-webhook";
    std::string space;  // the operator's namespace
    CertificateTimes times;
  };
  // Listens, with a certificate of its own until the Secret's is there, and returns; the API server
  // need not answer yet. `api` and `clock` must outlive it. Errors: kIo for an address and port
  // that cannot be had.
  [[nodiscard]] static Result<std::unique_ptr<Webhook>> start(kube::Api& api, const Clock& clock,
                                                              Options options);
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  [[nodiscard]] int port() const;
  // Looks at certificates and configurations now; for tests that move the clock.
  void look();
  // Why the webhook is not as it should be; "" when the last look found or made all right.
  [[nodiscard]] std::string last_error() const;

 private:
  struct State;
  explicit Webhook(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::operators
