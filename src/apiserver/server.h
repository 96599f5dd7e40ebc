#pragma once
// The embedded cluster's API server: HTTPS with client certificates and service account tokens,
// RBAC, a durable store in the data directory, the Kubernetes API on top. One per process and data
// directory.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json/json.h"
#include "base/result.h"
#include "kube/resource.h"
#include "net/tls.h"

namespace firesteel::apiserver {

// Semantic checks of one resource beyond its schema, run after defaulting on create, update and
// patch of the main resource. All problems at once make a 422; a problem whose reason is "Warning"
// only makes a Warning header.
using Validator = std::function<std::vector<Problem>(const json::Value&)>;
// Fills in defaults of one resource on create and update, before validation.
using Defaulter = std::function<void(json::Value&)>;

class ApiServer {
 public:
  struct Options {
    std::string data_directory;  // must exist; holds apiserver.db
    std::string address = "127.0.0.1";
    int port = 0;  // 0 = any free one
    net::KeyPair serving_certificate;
    std::string client_ca_pem;            // verifies client certificates: CN = user, O = groups
    std::string service_account_key_pem;  // signs and verifies service account tokens
    net::KeyPair kubelet_client;          // presented to the node's kubelet endpoint for logs
    const Clock* clock = nullptr;         // must outlive the server
    std::map<kube::Resource, Validator> validators;
    std::map<kube::Resource, Defaulter> defaulters;
  };

  // Opens the store, makes the default namespaces and RBAC objects that are missing, and serves.
  // Errors: kIo for a damaged or locked store or a port in use, with what to do.
  [[nodiscard]] static Result<std::unique_ptr<ApiServer>> start(Options options);
  // Ends all watches, answers what is under way, closes the store.
  virtual ~ApiServer() = default;
  [[nodiscard]] virtual int port() const = 0;
};

}  // namespace firesteel::apiserver
