#pragma once
// Calls to admission webhooks: where they are (a URL, or a Service of this cluster by its
// endpoints), TLS by their caBundle, kept-alive connections. Thread-safe. Source: apiserver's
// pkg/util/webhook and pkg/admission/plugin/webhook/request.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apiserver/object_source.h"
#include "base/json/json.h"
#include "base/result.h"
#include "base/stop.h"
#include "net/client.h"

namespace firesteel::apiserver {

// What a webhook decided.
struct WebhookVerdict {
  bool allowed = false;
  json::Value status;  // a metav1.Status saying why not; null without one
  json::Value patch;   // the operations of a JSON patch; null without one
  std::vector<std::string> warnings;
};

class WebhookClients {
 public:
  // Distinct targets whose connections are kept; over it all are let go.
  static constexpr std::size_t kMaxClients = 64;
  static constexpr std::size_t kMaxAnswerBytes = 8 * 1024 * 1024;

  // Sends the AdmissionReview and reads the answer to the request with that uid. Errors, in Go's
  // words where they are known: kUnavailable (refused, no endpoints), kTimeout, kInternal (not an
  // answer to this review).
  [[nodiscard]] Result<WebhookVerdict> call(const ObjectSource& objects, const json::Value& webhook,
                                            const json::Value& review, std::string_view uid);
  // Cuts calls under way and lets none begin: the server stops.
  void stop() { stop_.request_stop(); }

 private:
  [[nodiscard]] Result<std::shared_ptr<net::Client>> client(const net::ClientOptions& options);

  StopSource stop_;
  std::atomic<std::size_t> turn_{0};  // spreads calls over a service's endpoints
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<net::Client>> clients_;
};

// The answer's AdmissionReview. `http_status` is the response's. Errors: kInternal, saying what was
// expected. Pure.
[[nodiscard]] Result<WebhookVerdict> read_verdict(int http_status, const std::string& body,
                                                  std::string_view uid);

}  // namespace firesteel::apiserver
