#pragma once
// What the operator serves to its cluster over plain HTTP: /metrics, /healthz (and /livez): the
// process answers, /readyz: it has seen the cluster, or waits to lead. GET and HEAD only.
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "operator/metrics.h"

namespace firesteel::operators {

class Endpoints {
 public:
  struct Options {
    std::string address = "0.0.0.0";
    int port = 10254;
  };
  // `metrics` must outlive it. `not_ready` says why it is not, or "" when it is; called from many
  // threads. Errors: kIo, naming address and port, and what to do.
  [[nodiscard]] static Result<std::unique_ptr<Endpoints>> start(
      const Options& options, const Metrics& metrics, std::function<std::string()> not_ready);
  ~Endpoints();
  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  [[nodiscard]] int port() const;

 private:
  struct State;
  explicit Endpoints(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace firesteel::operators
