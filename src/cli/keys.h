#pragma once
// The embedded cluster's keys and certificates, kept in <directory>/pki with mode 0600: made at the
// first start, kept across starts, leaf certificates renewed when less than 30 days are left.
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/tls.h"

namespace firesteel::cli {

struct ClusterKeys {
  net::KeyPair authority;
  net::KeyPair serving;        // the API server's
  net::KeyPair administrator;  // the user's kubeconfig: group system:masters
  net::KeyPair installer;      // of the platform; no webhook is asked about what it does
  net::KeyPair controllers;    // system:kube-controller-manager
  net::KeyPair node;  // system:node:<name>, also the kubelet endpoint's serving certificate
  net::KeyPair kubelet_client;  // the API server towards the kubelet endpoint
  std::string service_account_key_pem;
};

// Errors: kIo when the directory cannot be read or written, kInvalid for a damaged file (named,
// with what to do).
[[nodiscard]] Result<ClusterKeys> load_or_make_keys(const std::string& directory,
                                                    const std::string& node_name, TimePoint now);

}  // namespace firesteel::cli
