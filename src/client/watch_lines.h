#pragma once
// A watch as Kubernetes streams it over HTTP: one JSON document a line. Internal to client.
#include <memory>

#include "kube/api.h"
#include "net/client.h"

namespace firesteel::client {

[[nodiscard]] std::unique_ptr<kube::WatchStream> watch_lines(
    std::unique_ptr<net::ResponseStream> stream);

}  // namespace firesteel::client
