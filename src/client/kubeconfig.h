#pragma once
// Where a cluster is and who we are there: kubeconfig files and the service account mount of a pod.
// Reads and writes files; thread-safe as far as the files are (writes are atomic). Source of the
// rules: client-go, tools/clientcmd.
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/result.h"
#include "net/tls.h"

namespace firesteel::client {

// All that is needed to talk to one cluster as one user in one default namespace.
struct Connection {
  std::string context;       // its name in the kubeconfig, "in-cluster", or ""
  std::string url;           // "https://127.0.0.1:6443"
  std::string ca_pem;        // "" = the system's authorities
  std::string server_name;   // to verify instead of the url's host; "" = the host
  net::KeyPair certificate;  // empty = none
  std::string token;         // "" = none
  std::string token_file;    // wins over `token`; read again when it changes
  std::string default_namespace = "default";
  bool insecure = false;  // skip verification of the server's certificate
};

// The files of $KUBECONFIG (colon-separated, empty ones left out), or ~/.kube/config.
[[nodiscard]] std::vector<std::string> kubeconfig_paths();

// The kubeconfig files merged by kubectl's rule: the first file to name a context, cluster, user or
// current-context wins; missing files are skipped. Relative file names inside are already made
// absolute.
struct Kubeconfig {
  json::Value document;            // a v1 Config
  std::vector<std::string> paths;  // the files that were read

  [[nodiscard]] std::string current_context() const;
  [[nodiscard]] std::vector<std::string> context_names() const;
  // Of the named context, or of the current one for "". Errors: kNotFound (no such context, none
  // current: the message lists those there are), kInvalid (exec and auth-provider users, missing
  // cluster or user, unreadable certificate).
  [[nodiscard]] Result<Connection> connection(std::string_view context = {}) const;
};
// Errors: kInvalid naming file and line.
[[nodiscard]] Result<Kubeconfig> load_kubeconfig(const std::vector<std::string>& paths);

// From KUBERNETES_SERVICE_HOST and _PORT and the mount
// /var/run/secrets/kubernetes.io/serviceaccount. kNotFound outside a pod.
[[nodiscard]] Result<Connection> in_cluster();
// The same with the mount elsewhere: for tests.
[[nodiscard]] Result<Connection> in_cluster_at(const std::string& host, const std::string& port,
                                               const std::string& mount);

// What a command uses: the kubeconfig when it has a current context (or `context` is named), else
// the pod's own account.
[[nodiscard]] Result<Connection> default_connection(std::string_view context = {});

struct ContextEntry {
  std::string name;  // of the context, the cluster and the user alike
  std::string server;
  std::string ca_pem;
  net::KeyPair certificate;
  std::string default_namespace = "default";
  bool make_current = true;
};
// Writes or replaces the context, cluster and user of that name in the file (made, with its
// directory, when missing); all else in it survives. Atomic, mode 0600. Errors: kInvalid when the
// file is no kubeconfig (it is left as it is), kIo.
[[nodiscard]] Result<void> merge_context(const std::string& path, const ContextEntry& entry);
// Takes them out again; clears current-context when it was this one. A missing file or name is no
// error.
[[nodiscard]] Result<void> remove_context(const std::string& path, std::string_view name);

}  // namespace firesteel::client
